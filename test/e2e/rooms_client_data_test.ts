import { expect } from "vitest";
import { clientTest as test } from "../kit/client_e2e.ts";

const silent = { sends: [] } as const;

test("[CL11] data reaches everybody else or those named, with sender and topic, in order", async ({ enter }) => {
  const [first, second, third] = [await enter(silent), await enter(silent), await enter(silent)];
  await first.call("sendData", { text: "hello" }, { topic: "chat" });
  for (let index = 0; index < 5; index += 1) await first.call("sendData", index);
  await first.call("sendData", "for you", { to: [third.id] });
  const toAll = [
    { from: first.id, topic: "chat", payload: { text: "hello" } },
    ...[0, 1, 2, 3, 4].map((payload) => ({ from: first.id, payload })),
  ];
  expect(await third.call("gotData", 7)).toEqual([...toAll, { from: first.id, payload: "for you" }]);
  expect(await second.call("gotData", 6)).toEqual(toAll);
  expect(await first.call("data")).toEqual([]);
});

test("[CL11] data for somebody who is not there is refused by an event, and before joining at once", async ({
  enter,
  visit,
}) => {
  const first = await enter(silent);
  await first.call("sendData", 1, { to: ["nobody"] });
  await first.call("saw", "error");
  expect(await first.call("events")).toContainEqual({
    name: "error",
    value: expect.objectContaining({ code: "no-such-peer" }),
  });
  const outside = await visit();
  expect(await outside.call("refusal", "sendData", 1)).toMatchObject({ name: "ClientError", code: "not-joined" });
});

test("[CL12] room channels carry text and bytes to everybody who opened the label", async ({ enter }) => {
  const [first, second, third] = [await enter(silent), await enter(silent), await enter(silent)];
  for (const guest of [first, second]) await guest.call("openChannel", "chat");
  await third.call("openChannel", "game", { ordered: false, maxRetransmits: 0 });
  await first.call("sendText", "chat", "hello\nworld");
  expect(await second.call("channelGot", "chat", 1)).toEqual([{ from: first.id, text: "hello\nworld" }]);
  await second.call("sendBytes", "chat", [0, 1, 255]);
  expect(await first.call("channelGot", "chat", 1)).toEqual([{ from: second.id, bytes: [0, 1, 255] }]);
  expect(await third.call("channelGot", "game", 0)).toEqual([]);
});

test("[CL13] everybody sees names and metadata, and what became of them", async ({ enter }) => {
  const first = await enter({ ...silent, room: { name: "Ada", metadata: { color: "red" } } });
  const second = await enter({ ...silent, room: { name: "Grace" } });
  expect(await second.peers()).toMatchObject([{ name: "Ada", metadata: { color: "red" }, state: "connected" }]);
  await first.call("others", 1);
  expect(await first.peers()).toMatchObject([{ name: "Grace", metadata: null }]);
  await first.call("setMetadata", { color: "blue" });
  await second.call("saw", "peer-updated");
  expect(await second.peers()).toMatchObject([{ metadata: { color: "blue" } }]);
});
