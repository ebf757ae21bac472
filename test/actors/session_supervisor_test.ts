import { queryObjects } from "node:v8";
import { expect, test } from "vitest";
import { createActor, createMachine } from "xstate";
import type { Session } from "../../actors/application.ts";
import { FlightRecorder, type Transition } from "../../actors/flight_recorder.ts";
import { eventually } from "../kit/eventually.ts";
import { type FakeClient, offerSdp, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");

/** What no client can send, as the edge checks it: a message of no known type, which the session's machine chokes on. */
function crashSession(client: FakeClient): void {
  client.say({ type: "nonsense" } as never);
}

test("[AC6] a session that crashes is told, closed with 1011 and logged once; no other is touched", async () => {
  const closed: string[] = [];
  const { openClient, engines, log, supervisor } = startSupervisor({
    application: {
      sessionOpened(session) {
        session.onclose = () => closed.push(session.id);
      },
    },
  });
  const bystander = openClient();
  await bystander.connect();
  const client = openClient();
  await client.connect();
  crashSession(client);
  expect(await client.next("error")).toMatchObject({ code: "peer-crashed" });
  expect(await client.next("closed")).toEqual({ type: "closed", code: 1011, reason: "peer-crashed" });
  expect(engines.last.closeCount).toBe(1);
  expect(log.errors).toMatchObject([{ event: "session crashed", fields: { session: client.id } }]);
  expect(log.errors[0]?.fields["transitions"]).not.toEqual([]);
  expect(closed).toEqual([client.id]);
  expect([supervisor.sessionCount, supervisor.peerCount]).toEqual([1, 1]);
  await bystander.connect();
});

test("[AC6] the machines of a session that crashed end with it", async () => {
  const { openClient, engines } = startSupervisor({ timeouts: { connectingTimeoutMs: 50, failedTimeoutMs: 50 } });
  const client = openClient();
  await client.connect();
  crashSession(client);
  await client.next("closed");
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(engines.last.closeCount).toBe(1);
});

test("[AC6] an application that throws in sessionOpened loses that session and no other", async () => {
  let isFaulty = false;
  const { openClient, log, supervisor } = startSupervisor({
    application: {
      sessionOpened() {
        if (isFaulty) throw boom;
      },
    },
  });
  const bystander = openClient();
  isFaulty = true;
  const client = openClient();
  expect(await client.next("closed")).toEqual({ type: "closed", code: 1011, reason: "peer-crashed" });
  expect(log.errors).toMatchObject([{ event: "application failed", fields: { session: client.id, error: boom } }]);
  expect(supervisor.sessionCount).toBe(1);
  await bystander.connect();
});

test("[AC6] an application that throws in a session's onclose is logged, and the session is over all the same", async () => {
  const { openClient, log, supervisor } = startSupervisor({
    application: {
      sessionOpened(session) {
        session.onclose = () => {
          throw boom;
        };
      },
    },
  });
  openClient().end();
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end" });
  expect(log.errors).toMatchObject([{ event: "application failed", fields: { error: boom } }]);
});

test("[AC7] more than 20 crashes in 10 s are too many, and are counted anew then", async () => {
  const setup = startSupervisor();
  const client = setup.openClient();
  for (let crash = 1; crash <= 42; crash += 1) {
    await client.connect();
    setup.engines.last.options.media.handlerFailed(boom);
    await client.next("bye");
    expect(setup.escalationCount).toBe(Math.floor(crash / 21));
  }
  expect(setup.log.errors.filter(({ event }) => event === "crashes come too fast")).toHaveLength(2);
});

test("[AC8] a session ends when its socket closes, after its peer connection", async () => {
  const order: string[] = [];
  let session: Session | undefined;
  const { promise: closed, resolve: letClose } = Promise.withResolvers<void>();
  const { openClient, supervisor } = startSupervisor({
    script: { close: () => closed },
    application: {
      sessionOpened(opened) {
        session = opened;
        session.onclose = () => order.push("session closed");
      },
      peerOpened(peer) {
        expect(peer.session).toBe(session);
        peer.onclose = () => order.push("peer closed");
      },
    },
  });
  const client = openClient();
  await client.connect();
  client.end();
  await eventually(() => order.length > 0, { what: "the peer to be told" });
  expect([supervisor.sessionCount, supervisor.peerCount]).toEqual([1, 1]);
  letClose();
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end" });
  expect(order).toEqual(["peer closed", "session closed"]);
  expect(supervisor.peerCount).toBe(0);
});

test("[AC8] an engine that never closes is given up after the time limit", async () => {
  const { openClient, supervisor } = startSupervisor({
    script: { close: () => new Promise(() => {}) },
    timeouts: { closeTimeoutMs: 100 },
  });
  const client = openClient();
  await client.connect();
  client.end();
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end", timeoutMs: 2_000 });
});

test("[AC8] an engine that fails to close is logged, and its session ends", async () => {
  const { openClient, supervisor, log } = startSupervisor({
    script: {
      async close() {
        throw boom;
      },
    },
  });
  const client = openClient();
  await client.connect();
  client.end();
  await eventually(() => supervisor.sessionCount === 0, { what: "the session to end" });
  expect(log.errors).toMatchObject([{ event: "peer failed while closing", fields: { error: boom } }]);
});

test("[AC9] closing all tells every client and waits for every engine, those of crashed peers too", async () => {
  const { promise: closed, resolve: letClose } = Promise.withResolvers<void>();
  const { openClient, engines, supervisor } = startSupervisor({ script: { close: () => closed } });
  const clients = [openClient(), openClient(), openClient()] as const;
  for (const client of clients) await client.connect();
  engines.last.options.media.handlerFailed(boom);
  await clients[2].next("bye");
  let isDone = false;
  const closing = [supervisor.closeAll(1012, "shutting-down"), supervisor.closeAll(1012, "shutting-down")];
  void Promise.all(closing).then(() => {
    isDone = true;
  });
  for (const client of clients) {
    expect(await client.received.next((told) => told.type === "error" && told.code === "shutting-down")).toBeDefined();
    expect(await client.next("closed")).toEqual({ type: "closed", code: 1012, reason: "shutting-down" });
  }
  expect(isDone).toBe(false);
  letClose();
  await Promise.all(closing);
  expect([supervisor.sessionCount, supervisor.peerCount]).toEqual([0, 0]);
  await supervisor.closeAll(1012, "shutting-down");
});

test("[AC10] a thousand sessions leave nothing behind", async () => {
  const refs: WeakRef<object>[] = [];
  const keep = (made: object): void => void refs.push(new WeakRef(made));
  const { openClient, engines, supervisor } = startSupervisor({
    application: { sessionOpened: keep, peerOpened: keep },
  });
  const actorKind = createActor(createMachine({})).constructor as new () => unknown;
  // Collects garbage before it counts; to look for what is alive takes its time, so it is done for actors only.
  const countActors = (): number => Number(queryObjects(actorKind as never, { format: "count" }));
  const before = countActors();
  for (let i = 0; i < 1_000; i += 1) {
    const client = openClient();
    client.offer();
    keep(engines.last);
    // Each at another stage: just offered, answered, crashed, told bye.
    if (i % 4 > 0) await client.next("answer");
    if (i % 4 === 2) engines.last.options.media.handlerFailed(boom);
    if (i % 4 === 3) client.say({ type: "bye" });
    client.end();
  }
  await eventually(() => supervisor.sessionCount === 0, { what: "all sessions to end" });
  expect(supervisor.peerCount).toBe(0);
  expect(refs).toHaveLength(3_000);
  const seen = { actors: Number.POSITIVE_INFINITY, others: Number.POSITIVE_INFINITY };
  // What the machines' last turns hold is let go of a moment later; the newest engine and its handle stay in the kit.
  await eventually(
    () => {
      seen.actors = countActors() - before;
      seen.others = refs.filter((ref) => ref.deref() !== undefined).length;
      return seen.actors <= 8 && seen.others <= 8;
    },
    { what: "sessions, peers, engines and actors to be collected", describe: () => seen },
  );
}, 60_000);

test("[AC11] of each session the last 64 transitions are kept, oldest first, without what was said", async () => {
  const { openClient, engines, log } = startSupervisor();
  const client = openClient();
  await client.connect();
  for (let i = 0; i < 200; i += 1) {
    client.say({ type: "candidate", candidate: `candidate:${i} 1 udp 1 192.0.2.1 9 typ host ufrag secretfragment` });
  }
  engines.last.options.media.handlerFailed(boom);
  await client.next("bye");
  const transitions = log.errors[0]?.fields["transitions"] as readonly Transition[];
  expect(transitions).toHaveLength(64);
  expect(transitions.map(({ atMs }) => atMs)).toEqual(transitions.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  expect(transitions.map(({ actor }) => actor)).toEqual(expect.arrayContaining([client.id, `${client.id}-1`]));
  expect(JSON.stringify(log.entries)).not.toMatch(/secret|192\.0\.2\.1 /);
  expect(Object.keys(transitions[0] ?? {}).sort()).toEqual(["actor", "atMs", "event", "state"]);
});

test("[IN11] a session keeps the room that it was in last, also after it left and ended", async () => {
  const recorder = new FlightRecorder();
  const { openClient } = startSupervisor({ recorder });
  const sessions = () => recorder.records.filter(({ kind }) => kind === "session");
  const [leaver, closer] = [openClient(), openClient()];
  await leaver.join("attic");
  await closer.join("cellar");
  leaver.say({ type: "leave" });
  await eventually(() => JSON.stringify(sessions()[0]?.state?.value).includes("outside"), { what: "who left" });
  for (const client of [leaver, closer]) client.end(1000);
  await eventually(() => sessions().every(({ endedAtMs }) => endedAtMs !== undefined), { what: "both ends" });
  expect(sessions().map(({ labels }) => labels.room)).toEqual(["attic", "cellar"]);
});

test("[AC12] messages of one client are worked on in their order, whatever its peer is at", async () => {
  const { openClient, engines } = startSupervisor();
  const client = openClient();
  const taken: string[] = [];
  engines.script = {
    async applyRemoteDescription({ type }) {
      taken.push(type);
    },
    async addRemoteCandidate({ candidate }) {
      taken.push(candidate);
    },
  };
  client.say({ type: "candidate", candidate: "early" });
  client.say({ type: "offer", sdp: offerSdp });
  client.say({ type: "candidate", candidate: "late" });
  await client.next("answer");
  expect(taken).toEqual(["offer", "early", "late"]);
});
