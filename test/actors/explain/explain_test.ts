import { expect, test } from "vitest";
import { explain } from "../../../actors/explain/explain.ts";
import { writeReport } from "../../../actors/explain/explanation_report.ts";
import { readCandidate } from "../../../actors/explain/named_candidate.ts";
import { isConnectionExplanation } from "../../../protocol/connection_explanation.ts";
import type { ObservedPair } from "../../../protocol/connection_observation.ts";
import { nameAddresses, startRecorded } from "./recorded_client.ts";

/** Connects a client, with 40, 310 and 70 ms for the parts of it. */
async function connectSlowly(recorded: ReturnType<typeof startRecorded>) {
  const client = recorded.openClient();
  client.offer();
  recorded.pass(40);
  await client.next("answer");
  recorded.pass(310);
  await recorded.report({ type: "ice.changed", state: "connected" });
  recorded.pass(70);
  await recorded.report({ type: "dtls.changed", state: "connected" });
  return client;
}

test("[XP1, XP4] a connection that works is well, with the time that each part took", async () => {
  const recorded = startRecorded();
  const client = await connectSlowly(recorded);
  const explanation = recorded.explain(client.id);
  expect(isConnectionExplanation(explanation)).toBe(true);
  expect(explanation).toMatchObject({
    peer: client.id,
    connection: `${client.id}-1`,
    nodes: ["n1"],
    state: "connected",
    isWell: true,
    cause: "connected",
    remedy: "",
    neverCame: [],
    others: [],
    gaps: [],
  });
  const total = explanation.phases.reduce((sum, { ms }) => sum + ms, 0);
  expect(explanation.phases.map(({ name }) => name)).toEqual(["answer", "ICE", "DTLS"]);
  expect(total).toBe(420);
  expect(explanation.summary).toMatch(/^Connected after 420 ms: the node's answer took/);
});

test("[XP4] a connection that took long is called slow, and is well", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.connect();
  recorded.pass(4_000);
  recorded.engines.last.connect();
  await Promise.resolve();
  expect(recorded.explain(client.id)).toMatchObject({ cause: "slow", isWell: true, state: "connected" });
});

test("[XP4] a connection on its way is well while nothing is late, and not well afterwards", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.connect();
  recorded.pass(1_000);
  expect(recorded.explain(client.id)).toMatchObject({ cause: "connecting", isWell: true, state: "connecting" });
  recorded.pass(5_000);
  expect(recorded.explain(client.id)).toMatchObject({
    cause: "candidates-missing",
    isWell: false,
    state: "connecting",
    waitedFor: [{ what: "a candidate pair that works", forMs: 6_000, isOver: false }],
  });
});

test("[XP4] a connection that was interrupted and came back is well", async () => {
  const recorded = startRecorded();
  const client = await connectSlowly(recorded);
  await recorded.report({ type: "transport.silent" });
  recorded.pass(2_000);
  expect(recorded.explain(client.id)).toMatchObject({ state: "disconnected", isWell: true, cause: "connecting" });
  await recorded.report({ type: "transport.heard" });
  const explanation = recorded.explain(client.id);
  expect(explanation).toMatchObject({ state: "connected", isWell: true });
  expect(explanation.summary).toContain("interrupted once");
});

test("[PTH1] a client that answers no check, whatever comes from its address, is told of as consent that was lost", async () => {
  const recorded = startRecorded();
  const client = await connectSlowly(recorded);
  await recorded.report({ type: "transport.silent" });
  recorded.pass(15_000);
  await recorded.report({ type: "consent.expired" });
  const explanation = recorded.explain(client.id);
  expect(explanation).toMatchObject({ state: "failed", isWell: false, cause: "consent-lost" });
  expect(explanation.summary).toContain("no answer of the client to a check came");
});

const pair: ObservedPair = {
  local: { type: "host", protocol: "udp", address: "192.0.2.1", port: 1 },
  remote: { type: "host", protocol: "udp", address: "198.51.100.7", port: 2 },
  state: "failed",
  isSelected: false,
  requestsReceived: 0,
};

test.each([
  [0, "udp-blocked"],
  [3, "one-way"],
])("[XP10] with %d checks of the client that came, the cause is %s", async (requestsReceived, cause) => {
  const untried = { ...pair, state: "waiting", requestsReceived: 0 } as const;
  const observe = () => ({ pairs: [{ ...pair, requestsReceived }, untried], tracks: [] });
  const recorded = startRecorded({ script: { observe }, timeouts: { connectingTimeoutMs: 20 } });
  const client = recorded.openClient();
  await nameAddresses(recorded, client);
  await client.next("error");
  expect(recorded.explain(client.id)).toMatchObject({
    cause,
    state: "failed",
    pairs: [{ local: "udp 192.0.2.1:1 (host)", remote: "udp 198.51.100.7:2 (host)", result: "failed" }],
  });
});

test("[XP63] the advice for UDP that is blocked names the node's TCP port, or how to have one", async () => {
  const adviceFor = async (candidate: string) => {
    const observe = () => ({ pairs: [pair], tracks: [] });
    const recorded = startRecorded({ script: { observe }, timeouts: { connectingTimeoutMs: 20 } });
    const client = recorded.openClient();
    await client.connect();
    const named = { candidate: "candidate:1 1 udp 1 198.51.100.7 2 typ host", sdpMid: "0" };
    client.say({ type: "candidate", candidate: named });
    recorded.engines.last.options.report({ type: "candidate.gathered", candidate: { candidate } });
    await client.next("error");
    return recorded.explain(client.id).remedy;
  };
  expect(await adviceFor("candidate:1 1 tcp 1 8.8.4.4 50000 typ host tcptype passive")).toBe(
    "Let UDP in to the node's ports (--udp-ports), and TCP to its port 50000 (--tcp-ports). Configure a TURN server with --ice-servers, for clients whose network blocks both.",
  );
  expect(await adviceFor("candidate:1 1 udp 1 8.8.4.4 1 typ host")).toBe(
    "Let UDP in to the node's ports (--udp-ports), and have it listen for TCP (--tcp-ports). Configure a TURN server with --ice-servers, for clients whose network blocks UDP.",
  );
});

test.each([
  ["10.0.0.5 1 typ host", "wrong-announce-ip"],
  ["8.8.4.4 1 typ host", "udp-blocked"],
  // A STUN server told it how it is seen from outside.
  ["8.8.4.4 1 typ srflx raddr 10.0.0.5 rport 1", "udp-blocked"],
])("[XP13] a node at %s and a client on the Internet: %s", async (address, cause) => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 20 } });
  const client = recorded.openClient();
  await client.connect();
  client.say({ type: "candidate", candidate: { candidate: "candidate:1 1 udp 1 8.8.8.8 2 typ srflx", sdpMid: "0" } });
  recorded.engines.last.options.report({
    type: "candidate.gathered",
    candidate: { candidate: `candidate:1 1 udp 1 ${address}` },
  });
  await client.next("error");
  expect(recorded.explain(client.id).cause).toBe(cause);
});

test("[XP20] a handshake that ended with an error is told with the engine's words", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.connect();
  await recorded.report({ type: "ice.changed", state: "connected" });
  await recorded.report({ type: "dtls.changed", state: "failed", reason: "no cipher in common" });
  const explanation = recorded.explain(client.id);
  expect(explanation).toMatchObject({ cause: "dtls-refused", isWell: false });
  expect(explanation.summary).toContain("no cipher in common");
});

test("[XP34] a node that takes too long for a step is told of as that", async () => {
  const script = { createLocalDescription: () => new Promise<never>(() => undefined) };
  const recorded = startRecorded({ script, timeouts: { engineTimeoutMs: 20 } });
  const client = recorded.openClient();
  client.offer();
  await client.next("bye");
  expect(recorded.explain(client.id)).toMatchObject({ cause: "node-slow", isWell: false, state: "closed" });
});

test("[XP5] whoever gives up on a connection that never came is told why it did not; who leaves early is well", async () => {
  const recorded = startRecorded();
  const [early, late] = [recorded.openClient(), recorded.openClient()];
  await early.connect();
  early.say({ type: "bye" });
  await late.connect();
  recorded.pass(9_000);
  late.say({ type: "bye", reason: "enough" });
  expect(recorded.explain(early.id)).toMatchObject({ cause: "left", isWell: true, state: "closed" });
  expect(recorded.explain(late.id)).toMatchObject({ cause: "candidates-missing", isWell: false, state: "closed" });
});

test("[XP5] a client that closes as soon as it is connected is well, with a hint for the case that it did not mean to", async () => {
  const recorded = startRecorded();
  const brief = await connectSlowly(recorded);
  await recorded.report({ type: "transport.ended" });
  expect(recorded.explain(brief.id)).toMatchObject({
    cause: "left",
    isWell: true,
    remedy: expect.stringContaining("a=fingerprint"),
  });
  const later = await connectSlowly(recorded);
  recorded.pass(1_000);
  await recorded.report({ type: "transport.ended" });
  expect(recorded.explain(later.id)).toMatchObject({ cause: "left", isWell: true, remedy: "" });
});

test("[XP54] a client that is still there when its node stops is told of as that", async () => {
  const recorded = startRecorded();
  const client = recorded.openClient();
  await client.join();
  await client.connect();
  await recorded.supervisor.closeAll(1012, "shutting-down");
  expect(recorded.explain(client.id)).toMatchObject({ cause: "node-drained", isWell: false, state: "closed" });
});

test("[XP2] the same record gives the same words; of a cut one, and of missing nodes, it is said what is missing", async () => {
  const recorded = startRecorded({}, { maxRecordedEvents: 4 });
  const client = await connectSlowly(recorded);
  const record = recorded.recordOf(client.id, ["n2"]);
  const explanation = explain(record);
  expect(explain(structuredClone(record))).toEqual(explanation);
  expect(explanation).toMatchObject({ state: "connected", isWell: true, phases: [] });
  expect(explanation.gaps.join(" ")).toMatch(/Node n2 did not say.*is not recorded any more/);
  expect(explain({ ...record, actors: [] })).toMatchObject({ state: "none", cause: "unknown", isWell: false });
});

test("[XP3] the report says it in plain text, and is styled only where that is asked for", async () => {
  const recorded = startRecorded();
  const client = await connectSlowly(recorded);
  const explanation = recorded.explain(client.id);
  const report = writeReport(explanation);
  expect(report).toContain("connected, well (connected)");
  expect(report.replaceAll("\n", " ")).toContain(explanation.summary);
  for (const line of report.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(100);
  const tag = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const style = { strong: tag("b"), good: tag("good"), bad: tag("bad"), dim: tag("dim") };
  expect(writeReport(explanation, style)).toContain("<good>well (connected)</good>");
  expect(report).not.toContain("<");
});

test("[XP40] of failures that come all at once only some are explained in the log, none with SDP or secrets", async () => {
  const recorded = startRecorded({ timeouts: { connectingTimeoutMs: 20, failedTimeoutMs: 20 } });
  const clients = Array.from({ length: 8 }, () => recorded.openClient());
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.next("bye")));
  await Promise.resolve();
  const lines = recorded.log.entries.filter(({ event }) => event === "peer failed");
  expect(lines).toHaveLength(8);
  const explained = lines.filter(({ fields }) => "cause" in fields);
  expect(explained).toHaveLength(5);
  expect(explained[0]?.fields).toMatchObject({
    reason: "ice-failed",
    cause: "candidates-missing",
    remedy: expect.stringContaining("candidate"),
  });
  expect(JSON.stringify(lines)).not.toMatch(/secret|v=0/);
});

test("[XP3] nothing that a client says commands the terminal of who reads the report", async () => {
  const recorded = startRecorded();
  const client = await connectSlowly(recorded);
  const explanation = { ...recorded.explain(client.id), neverCame: ["\u001b]0;mine\u0007\u009b2J\r"] };
  expect(writeReport(explanation)).toContain("- ?]0;mine??2J?");
  expect(readCandidate("candidate:1 1 udp 1 h\u001b[2J 5 typ host")).toBeUndefined();
  expect(readCandidate("candidate:1 1 udp 1 fe80::1%eth0 5 typ host")).toMatchObject({ address: "fe80::1%eth0" });
});
