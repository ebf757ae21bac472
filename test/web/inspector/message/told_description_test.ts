import fc from "fast-check";
import { expect, test } from "vitest";
import { orderSteps } from "../../../../web/inspector/events/order_steps.ts";
import { endpointWords, parseIceCandidate } from "../../../../web/inspector/message/ice_candidate.ts";
import { redactedText } from "../../../../web/inspector/message/redacted_text.ts";
import { candidateOf, descriptionBefore, descriptionOf } from "../../../../web/inspector/message/told_description.ts";
import { actorOf, type StepSketch } from "../actor_of.ts";

const said = (type: string, sdp: string) => ({ type: "message.received", message: { type, sdp } });

test("[IP50] the description of an event is found, with its side", () => {
  const events = [
    said("offer", "x"),
    { type: "message.sent", message: { type: "answer", sdp: "y" } },
    { type: "remote.pranswered", sdp: "z" },
    { type: "localDescription.created", description: { type: "offer", sdp: "w" } },
    said("join", "x").message,
    { type: "remote.offered" },
    { type: "message.sent", message: { type: "error" } },
  ];
  expect(
    events.map((event) => descriptionOf(event)).map((told) => told && `${told.side} ${told.type} ${told.sdp}`),
  ).toEqual(["client offer x", "server answer y", "client pranswer z", "server offer w", null, null, null]);
});

test("[IP50] a description is compared with the last other one of its side, and with none of another peer connection", () => {
  const steps = (sketches: readonly StepSketch[]) =>
    orderSteps([actorOf("session", "n1/session:a", { steps: sketches })]);
  const all = steps([
    { seq: 1, event: said("offer", "one") },
    { seq: 2, event: { type: "remote.offered", sdp: "one" } },
    { seq: 3, event: { type: "localDescription.created", description: { type: "answer", sdp: "own" } } },
    { seq: 4, event: said("offer", "two") },
    { seq: 5, event: { type: "remote.offered", sdp: "two" } },
    { seq: 6, event: "peer.left" },
    { seq: 7, event: said("offer", "three") },
    { seq: 8, to: "n1/session:a/a-2", event: "xstate.init" },
    { seq: 9, to: "n1/session:a/a-2", event: { type: "remote.offered", sdp: "three" } },
  ]);
  const before = all.map((step) => descriptionBefore(all, step)?.told.sdp ?? null);
  expect(before).toEqual([null, null, null, "one", "one", null, null, null, null]);
});

test("[IP51] a candidate is read in its parts", () => {
  const host = "candidate:3425641112 1 udp 2122194687 192.0.2.2 48049 typ host generation 0 ufrag 8PyS network-id 1";
  expect(parseIceCandidate(host)).toEqual({
    foundation: "3425641112",
    component: 1,
    protocol: "udp",
    priority: 2_122_194_687,
    address: "192.0.2.2",
    port: 48_049,
    type: "host",
    tcpType: null,
    relatedAddress: null,
    relatedPort: null,
    generation: "0",
    usernameFragment: "8PyS",
  });
  const relay = "a=candidate:1 1 TCP 5 fd00::1 9 typ relay raddr 10.0.0.1 rport 77 tcptype active";
  expect(parseIceCandidate(relay)).toMatchObject({
    protocol: "tcp",
    tcpType: "active",
    relatedAddress: "10.0.0.1",
    relatedPort: 77,
  });
  expect(
    ["", "candidate:1 1 udp x 1.1.1.1 9 typ host", "candidate:1 1 udp 5 1.1.1.1 9", "v=0"].map(parseIceCandidate),
  ).toEqual([null, null, null, null]);
  expect([endpointWords("fd00::1", 9), endpointWords("a.local", 9)]).toEqual(["[fd00::1]:9", "a.local:9"]);
});

test("[IP51] the candidate of an event is found as an object, as text and in a message, and its end is none", () => {
  const events = [
    { type: "candidate.gathered", candidate: { candidate: "candidate:1", sdpMid: "0" } },
    { type: "message.received", message: { type: "candidate", candidate: "candidate:2" } },
    { type: "candidate.received", candidate: null },
    { type: "candidate.received", candidate: { candidate: "" } },
    { type: "join.requested" },
  ];
  expect(events.map(candidateOf)).toEqual([
    { text: "candidate:1", mid: "0" },
    { text: "candidate:2", mid: null },
    null,
    null,
    null,
  ]);
});

test("[IP51] whatever a client sends as a description or a candidate is shown or left out, and never stops the page", () => {
  fc.assert(
    fc.property(fc.string(), fc.anything(), fc.anything(), (text, one, other) => {
      parseIceCandidate(text);
      parseIceCandidate(`candidate:1 1 udp ${text} typ ${text}`);
      for (const type of ["message.received", "remote.offered", "localDescription.created", "candidate.received"]) {
        const event = { type, message: one, sdp: other, description: one, candidate: other };
        descriptionOf(event);
        candidateOf(event);
      }
      redactedText(text);
    }),
  );
});

test("[IP52] what was left out of a text is marked, and nothing else", () => {
  const parts = (text: string) => {
    const shown = redactedText(text);
    return (Array.isArray(shown) ? shown : [shown]).map((part) =>
      typeof part === "object" && part !== null && "props" in part ? { out: part.props.children } : part,
    );
  };
  expect(parts("a=ice-pwd:[redacted]")).toEqual(["a=ice-pwd:", { out: "redacted" }, ""]);
  expect(parts("[12 characters]")).toEqual(["", { out: "12 characters" }, ""]);
  expect(parts("[fd00::1]:9")).toEqual(["[fd00::1]:9"]);
});
