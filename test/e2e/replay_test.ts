import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connectionOutcomes } from "../../machines/connection_outcome.ts";
import { replayRecord } from "../../machines/replay_record.ts";
import { replayDepartures } from "../../machines/replay_report.ts";
import { stateText } from "../../machines/state_text.ts";
import { type ConnectionRecord, parseConnectionRecord } from "../../protocol/connection_record.ts";
import type { PeerList } from "../../protocol/peer_list.ts";
import { offerSdp } from "../actors/start_supervisor.ts";
import { eventually } from "../kit/eventually.ts";
import { type NatsServer, startNatsServer } from "../kit/nats_server.ts";
import { runScript } from "../kit/run_script.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

// Real clients of one node, whose records are fetched at the other one, and run again.

const adminToken = "an-admin-token-for-tests";
let nats: NatsServer;
let nodes: readonly [RunningNode, RunningNode];

beforeAll(async () => {
  nats = await startNatsServer();
  const secret = "a-secret-of-the-cluster-for-tests-only";
  const common = ["--nats", nats.url, "--secret", secret, "--auth", "open", "--host", "127.0.0.1"];
  const brief = ["--connecting-timeout-ms", "1000", "--failed-timeout-ms", "1000"];
  const start = (name: string, flags: readonly string[]) =>
    startNode({ flags: [...common, ...brief, "--node-id", name, ...flags] });
  nodes = await Promise.all([start("n1", []), start("n2", ["--admin-token", adminToken])]);
});

afterAll(async () => {
  await Promise.all(nodes?.map((node) => node.stop()) ?? []);
  await nats?.kill();
});

async function ask(path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${adminToken}`, connection: "close" };
  return await fetch(`${nodes[1].url}/api/v1/${path}`, { headers });
}

/** The record of a client, as the node that it is not connected to gives it. */
async function recordOf(peer: string): Promise<{ readonly record: ConnectionRecord; readonly text: string }> {
  const answer = await ask(`peers/${peer}/record`);
  const text = await answer.text();
  expect([answer.status, text.slice(0, 1)]).toEqual([200, "{"]);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${peer}.record.json"`);
  return { record: parseConnectionRecord(text), text };
}

/** What `npm run replay` says of a record. */
async function replayFile(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-replay-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "a.record.json");
  writeFileSync(file, text);
  return await runScript("scripts/replay.ts", [file]);
}

/** The only client in the list that is not known yet. */
async function newest(before: readonly string[]): Promise<string> {
  return await eventually(
    async () => ((await (await ask("peers")).json()) as PeerList).peers.find(({ id }) => !before.includes(id))?.id,
    { what: "the client in the list of the other node" },
  );
}

async function listed(): Promise<string[]> {
  return ((await (await ask("peers")).json()) as PeerList).peers.map(({ id }) => id);
}

/** Where each machine of a record ended, as it was recorded, and by the replay. */
function endsOf(record: ConnectionRecord) {
  const { actors } = replayRecord(record, { follow: "machine" });
  const recorded = record.actors.map(({ address, events }) => [
    address,
    stateText(events.findLast(({ after }) => after !== undefined)?.after?.value),
  ]);
  const replayed = actors.map(({ actor, steps }) => [actor.address, stateText(steps.at(-1)?.state?.value)]);
  return { recorded, replayed };
}

test("[RR5, RR27] a connection whose candidates never came is exported at another node and replayed to the states that it had", async () => {
  const socket = await openSignallingSocket(nodes[0].wsUrl);
  onTestFinished(() => socket.close());
  socket.send({ type: "join", room: "atrium", name: "Ada" });
  const { peer } = (await socket.next("joined")) as unknown as { readonly peer: string };
  socket.send({
    type: "offer",
    sdp: offerSdp
      .replace("webrtc-datachannel\r\n", "webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n")
      .replace("a=mid:0", "a=setup:actpass\r\na=sctp-port:5000\r\na=mid:0"),
  });
  await socket.next("bye");
  const { record, text } = await recordOf(peer);
  expect(record).toMatchObject({ peer, missingNodes: [] });
  expect(new Set(record.actors.map(({ node }) => node))).toEqual(new Set(["n1"]));
  const { recorded, replayed } = endsOf(record);
  expect(replayed).toEqual(recorded);
  expect(JSON.stringify(replayed)).toContain("ice.failed");
  expect(replayDepartures(record)).toEqual([]);
  const outcomes = connectionOutcomes(replayRecord(record));
  expect(outcomes.map(({ actor, isGood }) => [actor.kind, isGood]).toSorted()).toEqual([
    ["connectivity", false],
    ["negotiation", true],
  ]);
  const { code, stdout } = await replayFile(text);
  expect([code, stdout.split("\n").at(-2)]).toEqual([
    0,
    expect.stringMatching(/^\d+ steps of 4 actors led to the states that were recorded$/),
  ]);
  expect(stdout).toMatch(/connectivity \(peer \S+\) \d+: xstate\.after\.\S+ -> .*ice\.failed/);
  const peers = ((await (await ask("peers")).json()) as PeerList).peers;
  expect(peers.find(({ id }) => id === peer)).toMatchObject({
    name: "Ada",
    room: "atrium",
    node: "n1",
    connections: [{ state: "closed" }],
  });
});

test("[RR27] so is one whose DTLS handshake failed", async () => {
  const before = await listed();
  const client = await openWeriftClient(nodes[0].wsUrl);
  onTestFinished(() => client.close());
  const { socket } = client;
  const send = socket.send.bind(socket);
  socket.send = (message) =>
    send(
      JSON.parse(
        JSON.stringify(message).replace(
          /(sha-256 )[0-9A-F:]{95}/g,
          `$1${Array.from({ length: 32 }, () => "AB").join(":")}`,
        ),
      ),
    );
  client.pc.createDataChannel("chat");
  await client.negotiate();
  const peer = await newest(before);
  const { record } = await eventually(
    async () => {
      const got = await recordOf(peer);
      return got.text.includes('"dtls":"failed"') && got;
    },
    { what: "the handshake to fail" },
  );
  const { recorded, replayed } = endsOf(record);
  expect(replayed).toEqual(recorded);
  expect(replayDepartures(record)).toEqual([]);
  expect(connectionOutcomes(replayRecord(record)).find(({ isGood }) => !isGood)?.reached).toContain("dtls.failed");
});

test("[RR27] so is a good call with a renegotiation and a glare, which came to a good state", async () => {
  const before = await listed();
  const client = await openWeriftClient(nodes[0].wsUrl);
  onTestFinished(() => client.close());
  const { socket } = client;
  const send = socket.send.bind(socket);
  let offer: object = {};
  socket.send = (message) => {
    const { type } = message as { readonly type?: string };
    if (type === "offer") offer = message as object;
    // The client offers while the server's offer waits for its answer.
    if (type === "answer") send(offer);
    send(message);
  };
  const channel = await client.openChannel("chat");
  expect(await channel.echo("hello")).toBe("hello");
  // What only sends comes back in a section of its own, which the server offers.
  client.pc.addTransceiver("audio", { direction: "sendonly" });
  await client.negotiate();
  const peer = await newest(before);
  const { record, text } = await eventually(
    async () => {
      const got = await recordOf(peer);
      const negotiation = got.record.actors.find(({ kind }) => kind === "negotiation");
      const states = negotiation?.events.map(({ after }) => stateText(after?.value)) ?? [];
      return states.includes("have-local-offer.applyingAnswer") && states.at(-1) === "stable.settled" && got;
    },
    { what: "the server's offer to be answered" },
  );
  const negotiation = record.actors.find(({ kind }) => kind === "negotiation");
  const glare = negotiation?.events.find(
    ({ event, after }) =>
      event.type === "remote.offered" && stateText(after?.value) === "have-local-offer.awaitingAnswer",
  );
  expect(glare?.after?.context).toMatchObject({ waitingOffer: { sdp: expect.any(String) } });
  const { recorded, replayed } = endsOf(record);
  expect(replayed).toEqual(recorded);
  expect(replayDepartures(record)).toEqual([]);
  expect(connectionOutcomes(replayRecord(record)).map(({ isGood }) => isGood)).toEqual([true, true]);
  expect(await replayFile(text)).toMatchObject({ code: 0, stderr: "" });
});

test("[RR5] an id that nobody remembers gets 404 with what to do", async () => {
  const answer = await ask("peers/nobody/record");
  const { error } = (await answer.json()) as { readonly error: { readonly code: string; readonly message: string } };
  expect([answer.status, error.code]).toEqual([404, "no-such-peer"]);
  expect(error.message).toContain("GET /api/v1/peers lists whom the cluster remembers");
});
