import { expect, test } from "vitest";
import { resultOf } from "../../../web/demo/network/ask_server.ts";
import { natOf, sayCandidate, sayNat } from "../../../web/demo/network/found_words.ts";
import { natTypeOf } from "../../../web/demo/network/nat_type.ts";
import type { FoundCandidate } from "../../../web/demo/network/network_facts.ts";
import { relayFailure } from "../../../web/demo/network/network_run.ts";
import { sayServer } from "../../../web/demo/network/server_trouble.ts";
import { asked, candidate, factsOf } from "./network_facts_of.ts";

function found(address: string, more: Partial<FoundCandidate> = {}): FoundCandidate {
  return { ...candidate(address), afterMs: 10, relatedPort: 0, ...more };
}
const host = found("192.168.1.5", { port: 40_000 });
const hidden = found("0a1b.local", { port: 40_000 });
const seenAt = (port: number, relatedPort = 40_000) => found("198.51.100.7", { type: "srflx", port, relatedPort });

test("[CHK3] tells a symmetric NAT by two ports of one socket, and a steady one by the same port for two servers", () => {
  expect(natTypeOf([host, seenAt(1_000), seenAt(1_001)], 2)).toBe("symmetric");
  expect(natTypeOf([host, seenAt(1_000)], 2)).toBe("steady");
  expect(natTypeOf([host, seenAt(1_000)], 1)).toBe("some");
  expect(natTypeOf([found("203.0.113.9")], 1)).toBe("none");
  expect(natTypeOf([host], 0)).toBe("unknown");
  expect(natTypeOf([hidden], 1)).toBe("unknown");
});

test("[CHK3] claims no symmetric NAT where two ports may be of two sockets", () => {
  const second = found("192.168.2.5", { port: 41_000 });
  expect(natTypeOf([host, second, seenAt(1_000, 40_000), seenAt(1_001, 41_000)], 2)).toBe("steady");
  expect(natTypeOf([hidden, hidden, seenAt(1_000, 0), seenAt(1_001, 0)], 2)).toBe("steady");
  expect(natTypeOf([hidden, seenAt(1_000, 0), seenAt(1_001, 0)], 2)).toBe("symmetric");
});

test("[CHK3] counts a server under two URLs once", () => {
  const both = ["stun:a", "turn:a?transport=udp"].map((url, index) => ({
    type: "server.asked" as const,
    server: asked(url, { kind: index === 0 ? "stun" : "relay-udp" }),
  }));
  const seen = [host, seenAt(1_000)].map((one) => ({ type: "candidate.found" as const, candidate: one }));
  expect(natOf(factsOf({}, [...seen, ...both]))).toBe("some");
  const other = { type: "server.asked" as const, server: asked("stun:b", { state: "same" }) };
  expect(natOf(factsOf({}, [...seen, ...both, other]))).toBe("steady");
  expect(sayNat("symmetric")).toMatch(/another port for each server/);
});

test("[CHK4] says in a sentence what came of asking a server, with the browser's code behind it", () => {
  const failed = (code: number, text = "") =>
    sayServer(asked("turn:a", { kind: "relay-udp", state: "failed", trouble: { code, text } }));
  expect(failed(401, "Unauthorized")).toBe("It refused the password. (401: Unauthorized)");
  expect(failed(701, "TURN host lookup received error.")).toBe(
    "It cannot be reached. (701: TURN host lookup received error)",
  );
  expect(failed(486)).toMatch(/as many relayed connections as the server allows. \(486\)/);
  expect(failed(499, "Who knows")).toBe("It refused. (499: Who knows)");
  expect(sayServer(asked("stun:a", { candidate: candidate("198.51.100.7") }))).toBe("It saw you at 198.51.100.7.");
  expect(sayServer(asked("turn:a", { kind: "relay-tcp" }))).toBe("It relays for you.");
  expect(sayServer(asked("turn:a", { state: "silent" }))).toBe("Nobody answered.");
  expect(sayServer(asked("turns:a?transport=udp", { state: "unusable" }))).toBe("This browser cannot use it.");
});

test("[CHK4] tells a refused password from a server that cannot be reached and from one that is silent", () => {
  const gathered = { end: "complete", afterMs: 9, trouble: null } as const;
  const causeOf = (end: Parameters<typeof resultOf>[0]) => relayFailure(asked("turn:a", resultOf(end, false))).cause;
  expect(causeOf({ ...gathered, trouble: { code: 401, text: "" } })).toBe("relay-refused");
  expect(causeOf({ ...gathered, trouble: { code: 701, text: "" } })).toBe("relay-unreachable");
  expect(causeOf({ ...gathered, trouble: { code: 486, text: "" } })).toBe("relay-declined");
  expect(causeOf({ ...gathered, end: "overdue" })).toBe("relay-silent");
  expect(causeOf(gathered)).toBe("relay-silent");
  // An address by one network is an answer, whatever went wrong by another one.
  expect(resultOf({ end: "found", afterMs: 9, trouble: { code: 701, text: "" } }, false)).toMatchObject({
    state: "answered",
    trouble: null,
  });
});

test("[CHK4] takes a STUN server that added nothing for one that saw the same address, unless the browser has none", () => {
  const complete = { end: "complete", afterMs: 9, trouble: null } as const;
  expect(resultOf(complete, true).state).toBe("same");
  expect(resultOf(complete, false).state).toBe("failed");
  expect(resultOf({ ...complete, end: "overdue" }, true).state).toBe("silent");
});

test("[CHK4] says of an address where it is from", () => {
  expect(sayCandidate(hidden)).toBe("UDP, of this device");
  expect(sayCandidate(candidate("2001:db8::1", { protocol: "tcp" }))).toBe("IPv6, TCP, of this device");
  expect(sayCandidate(seenAt(1))).toBe("IPv4, UDP, as a STUN server sees it");
});
