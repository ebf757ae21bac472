import { expect, test } from "vitest";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { eventually } from "../kit/eventually.ts";
import { type FakeClient, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

/** The resume token of the last thing that has one. */
function tokenOf(client: FakeClient): string {
  const entry = client.received.seen.findLast((message) => "resume" in message);
  return (entry as Extract<ServerMessage, { type: "joined" }>).resume;
}

async function startRoom(setup: SupervisorSetup = {}) {
  const started = startSupervisor(setup);
  const [ada, bob] = [started.openClient(), started.openClient()];
  await ada.join("atrium", { name: "Ada", metadata: { hat: "red" } });
  await bob.join("atrium", { name: "Bob" });
  for (const client of [ada, bob]) client.take();
  return { ...started, ada, bob };
}

function stateOf(message: object): unknown {
  return (message as { peer: { state: string } }).peer.state;
}

test("[RU20] a client whose socket dropped is seen as reconnecting, and as connected once it is back", async () => {
  const { ada, bob, openClient, supervisor, engines } = await startRoom();
  await ada.connect();
  ada.end(1006);
  expect(stateOf(await bob.next("peer-updated"))).toBe("reconnecting");
  const back = openClient();
  back.say({ type: "resume", token: tokenOf(ada), ref: "r" });
  const resumed = await back.next("resumed");
  expect(resumed).toMatchObject({ fresh: false, room: "atrium", peer: ada.id, node: "node", ref: "r" });
  expect(resumed).toMatchObject({ peers: [{ id: bob.id, name: "Bob", state: "connected" }] });
  expect(stateOf(await bob.next("peer-updated"))).toBe("connected");
  expect(bob.take().map(({ type }) => type)).toEqual(["peer-updated", "peer-updated"]);
  // The peer connection was never touched, and what the client says now is for it.
  const engine = engines.last;
  back.offer();
  await back.next("answer");
  expect(engines.last).toBe(engine);
  expect(supervisor.peerCount).toBe(1);
  back.say({ type: "data", payload: "I am back" });
  expect(await bob.next("data")).toEqual({ type: "data", from: ada.id, payload: "I am back" });
  await eventually(() => supervisor.sessionCount === 2, { what: "the session of the new socket to end" });
});

test("[RU20] who does not come back has left by a timeout", async () => {
  const { ada, bob, supervisor } = await startRoom({ timeouts: { resumeTimeoutMs: 100 } });
  ada.end(1006);
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "timeout" });
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
});

test.each([1000, 1001, 4413, 4429])("[RU20] a client whose socket closed with %d has left", async (code) => {
  const { ada, bob, openClient } = await startRoom();
  ada.end(code);
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "left" });
  const back = openClient();
  back.say({ type: "resume", token: tokenOf(ada), ref: 1 });
  expect(await back.next("error")).toMatchObject({ code: "session-gone", ref: 1 });
  await back.join();
});

test("[RU21] what was said to a client that is away is told when it is back, after it knows who is there", async () => {
  const { ada, bob, openClient } = await startRoom();
  ada.end(1006);
  await bob.next("peer-updated");
  for (const payload of [1, 2, 3]) bob.say({ type: "data", payload });
  bob.say({ type: "metadata", metadata: "new" });
  const back = openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  await back.received.next((message) => message.type === "data" && message.payload === 3);
  expect(back.take().map((message) => [message.type, "payload" in message ? message.payload : undefined])).toEqual([
    ["resumed", undefined],
    ["data", 1],
    ["data", 2],
    ["data", 3],
  ]);
  expect(back.received.seen[0]).toMatchObject({ peers: [{ metadata: "new" }] });
});

test("[RU21] more than is kept for a client is given up from the oldest on, and it is told how much", async () => {
  const { ada, bob, openClient } = await startRoom({ limits: { maxQueuedBytes: 2_000 } });
  ada.end(1006);
  await bob.next("peer-updated");
  for (let payload = 0; payload < 200; payload += 1) bob.say({ type: "data", payload });
  const back = openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  const error = await back.next("error");
  const payloads = back.take().flatMap((message) => ("payload" in message ? [message.payload] : []));
  expect(payloads.length).toBeGreaterThan(1);
  expect(payloads).toEqual(Array.from({ length: 200 }, (_, n) => n).slice(-payloads.length));
  expect(error).toMatchObject({ code: "data-lost", message: expect.stringContaining(`${200 - payloads.length} `) });
});

test("[RU22] of two that claim one session the newer has it, and the older is told and closed", async () => {
  const { ada, bob, openClient, supervisor } = await startRoom();
  const [first, second] = [openClient(), openClient()];
  first.say({ type: "resume", token: tokenOf(ada) });
  await first.next("resumed");
  expect(ada.take()).toEqual([
    { type: "peer-left", peer: ada.id, reason: "replaced" },
    { type: "closed", code: 4409, reason: "replaced" },
  ]);
  second.say({ type: "resume", token: tokenOf(ada) });
  await second.next("resumed");
  expect(first.take().slice(-2)).toEqual([
    { type: "peer-left", peer: ada.id, reason: "replaced" },
    { type: "closed", code: 4409, reason: "replaced" },
  ]);
  // Nobody else notices, and what the old sockets still say is nobody's.
  first.say({ type: "leave" });
  await eventually(() => supervisor.sessionCount === 2, { what: "the sessions of the new sockets to end" });
  expect(bob.take().map(stateOf)).toEqual([]);
  second.say({ type: "data", payload: 1 });
  await bob.next("data");
});

test("[RU23] a client whose node is gone goes on under its id, with a new peer connection", async () => {
  const gone = await startRoom({ node: "node-1" });
  const { openClient, supervisor } = startSupervisor({ node: "node-2" });
  const bob = openClient();
  await bob.join();
  bob.take();
  const ada = openClient();
  ada.say({ type: "resume", token: tokenOf(gone.ada), ref: 7 });
  expect(await ada.next("resumed")).toMatchObject({
    ...{ fresh: true, peer: gone.ada.id, ref: 7, metadata: null },
    peers: [{ id: bob.id }],
  });
  expect(await bob.next("peer-joined")).toMatchObject({ peer: { id: gone.ada.id, name: "Ada" } });
  await ada.connect();
  await eventually(() => supervisor.sessionCount === 2, { what: "the session of the new socket to end" });
  // What it is given to come back with counts on.
  ada.end(1006);
  const back = openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  expect(await back.next("resumed")).toMatchObject({ fresh: false, peer: gone.ada.id });
});

test.each([
  ["has run out", { now: () => 1e15 }, (token: string) => token],
  ["is none of this cluster's", {}, () => "a.b"],
])("[RU23] a token that %s is refused, and the client may join", async (_, setup, change) => {
  const gone = await startRoom({ node: "node-1" });
  const { openClient } = startSupervisor({ node: "node-2", ...setup });
  const ada = openClient();
  ada.say({ type: "resume", token: change(tokenOf(gone.ada)), ref: 7 });
  expect(await ada.next("error")).toMatchObject({ code: "session-gone", ref: 7 });
  await ada.join();
});

test("[RU24] no more clients are waited for than the limit says: the others have left at once", async () => {
  const { ada, bob } = await startRoom({ limits: { maxDetachedSessions: 0 } });
  ada.end(1006);
  expect(await bob.next("peer-left")).toMatchObject({ peer: ada.id, reason: "left" });
});

test("[RU24] a client that is put out while it is away is gone", async () => {
  const { ada, bob, supervisor } = await startRoom({
    application: {
      roomOpened: (room) => {
        room.ondata = () => room.close("enough");
      },
    },
  });
  ada.end(1006);
  await bob.next("peer-updated");
  bob.say({ type: "data", payload: 1 });
  await bob.next("peer-left");
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
});

test("[RU24] a node that stops does not wait for those who are away", async () => {
  const { ada, bob, supervisor } = await startRoom();
  ada.end(1006);
  await bob.next("peer-updated");
  await supervisor.closeAll(1012, "shutting-down");
  expect(supervisor.sessionCount).toBe(0);
});
