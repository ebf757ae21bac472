import { expect, test } from "vitest";
import { Mailbox } from "./mailbox.ts";

test("[E2E95] a mailbox hands out each item once and keeps what does not match for later", async () => {
  const mailbox = new Mailbox<number>("a number");
  mailbox.push(1);
  mailbox.push(2);
  expect(await mailbox.next((number) => number === 2)).toBe(2);
  expect(await mailbox.next()).toBe(1);
  const later = mailbox.next();
  mailbox.push(3);
  expect(await later).toBe(3);
  expect(mailbox.seen).toEqual([1, 2, 3]);
});

test("[E2E95] a mailbox lets nobody wait longer than the bound, and says what it saw", async () => {
  const mailbox = new Mailbox<number>("a number");
  mailbox.push(7);
  await expect(mailbox.next((number) => number === 8, { what: "eight", timeoutMs: 10 })).rejects.toThrow(
    /^Waited \d+ ms for eight\n {2}7$/,
  );
});

test("[E2E95] a mailbox that closes ends every wait at once", async () => {
  const mailbox = new Mailbox<number>("a number");
  const waiting = expect(mailbox.next()).rejects.toThrow("the socket closed");
  mailbox.close("the socket closed");
  await waiting;
  await expect(mailbox.next()).rejects.toThrow("the socket closed");
});
