import { expect, test } from "vitest";
import type { Application, Peer } from "../../actors/application.ts";
import type { Transition } from "../../actors/flight_recorder.ts";
import type { EngineChannel } from "../../actors/ports.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { eventually } from "../kit/eventually.ts";
import type { EngineScript, FakeEngine } from "../kit/fake_engine.ts";
import { type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");
function explode(): never {
  throw boom;
}

interface Fault {
  readonly script?: EngineScript;
  readonly application?: Application;
  /** What happens once the peer is there, for a fault that an offer alone does not bring about. */
  readonly provoke?: (engine: FakeEngine) => void;
}

const faults: Readonly<Record<string, Fault>> = {
  "the engine throws as it is made": { script: { create: explode } },
  "the engine fails to take an offer": { script: { applyRemoteDescription: async () => explode() } },
  "the engine fails to make an answer": { script: { createLocalDescription: async () => explode() } },
  "the engine fails to take a candidate": {
    script: { addRemoteCandidate: async () => explode() },
  },
  "peerOpened throws": { application: { peerOpened: explode } },
  "peerOpened rejects": { application: { peerOpened: async () => explode() } },
  "ondatachannel throws": {
    application: {
      peerOpened(peer) {
        peer.ondatachannel = explode;
      },
    },
    provoke: (engine) => engine.openChannel(),
  },
  "ontrack throws": {
    application: {
      peerOpened(peer) {
        peer.ontrack = explode;
      },
    },
    provoke: (engine) => engine.addRemoteTrack(),
  },
  "a handler of a channel throws": {
    provoke: (engine) => engine.options.media.handlerFailed(boom),
  },
  "onconnectionstatechange throws": {
    application: {
      peerOpened(peer) {
        peer.onconnectionstatechange = (state) => state === "connected" && explode();
      },
    },
    provoke: (engine) => engine.connect(),
  },
};

/** Has one client of two run into a fault, from which the other must see nothing. */
async function crash(fault: Fault) {
  let isFaulty = false;
  const onlyOnce: Application = {
    peerOpened: (peer) => (isFaulty ? fault.application?.peerOpened?.(peer) : undefined),
  };
  const setup = startSupervisor({ application: onlyOnce });
  const bystander = setup.openClient();
  await bystander.connect();
  const seenByBystander = bystander.received.seen.length;
  const client = setup.openClient();
  isFaulty = true;
  setup.engines.script = fault.script ?? {};
  client.offer();
  client.say({ type: "candidate", candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag secretfragment" });
  if (fault.provoke !== undefined) {
    await client.next("answer");
    fault.provoke(setup.engines.last);
  }
  const error = await client.next("error");
  const bye = await client.next("bye");
  isFaulty = false;
  setup.engines.script = {};
  return { ...setup, bystander, seenByBystander, client, error, bye };
}

test.each(Object.entries(faults))("[AC1, AC2] when %s, that peer ends and its client is told", async (_, fault) => {
  const { client, error, bye, bystander, seenByBystander, supervisor, escalationCount } = await crash(fault);
  expect(error).toEqual({
    type: "error",
    code: "peer-crashed",
    message: "The peer connection ended by a fault of the server: offer anew",
  });
  expect(bye).toEqual({ type: "bye", reason: "peer-crashed" });
  await client.connect();
  expect(client.received.seen.filter(({ type }) => type === "error" || type === "bye")).toHaveLength(2);
  expect(bystander.received.seen).toHaveLength(seenByBystander);
  expect([supervisor.sessionCount, supervisor.peerCount, escalationCount]).toEqual([2, 2, 0]);
});

test.each(Object.entries(faults))("[AC3] when %s, the log says so once, with what came before", async (_, fault) => {
  const { client, log, supervisor } = await crash(fault);
  client.end();
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
  expect(log.errors).toHaveLength(1);
  const [entry] = log.errors;
  expect(entry).toMatchObject({ event: "peer crashed", fields: { session: client.id, peer: `${client.id}-1` } });
  expect(entry?.fields["error"]).toBe(boom);
  const transitions = entry?.fields["transitions"] as readonly Transition[];
  expect(transitions.length).toBeGreaterThan(0);
  expect(transitions.map(({ atMs }) => atMs)).toEqual(transitions.map(({ atMs }) => atMs).sort((a, b) => a - b));
  expect(transitions[0]).toMatchObject({ actor: client.id, state: { open: "outside" } });
  expect(JSON.stringify(log.entries)).not.toMatch(/secret|a=|candidate:1/);
});

test.each(Object.entries(faults))("[AC4] when %s, its engine is closed once", async (_, fault) => {
  const { client, engines, supervisor } = await crash(fault);
  expect(supervisor.peerCount).toBe(1);
  if (fault.script?.create === undefined) expect(engines.last.closeCount).toBe(1);
  client.end();
  await eventually(() => supervisor.sessionCount === 1, { what: "the session to end" });
});

test("[AC4] the time limits of a crashed peer end with it", async () => {
  const { openClient, engines } = startSupervisor({ timeouts: { connectingTimeoutMs: 100 } });
  const client = openClient();
  await client.connect();
  engines.last.options.media.handlerFailed(boom);
  await client.next("bye");
  const told = client.received.seen.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(client.received.seen.slice(told)).toEqual([]);
});

test("[AC2] tells the application that a crashed peer is over", async () => {
  const states: string[] = [];
  const { openClient, engines } = startSupervisor({
    application: {
      peerOpened(peer) {
        peer.onconnectionstatechange = (state) => states.push(state);
        peer.onclose = () => states.push("onclose");
      },
    },
  });
  const client = openClient();
  await client.connect();
  engines.last.options.media.handlerFailed(boom);
  await client.next("bye");
  expect(states).toEqual(["connecting", "closed", "onclose"]);
});

test("[AC1] a refusal that the engine gives words to is no crash", async () => {
  const refuse = async (): Promise<never> => {
    throw new SignalboxError("bad-sdp", "Cannot use the session description: no", { details: { isTainted: true } });
  };
  const { openClient, log, supervisor } = startSupervisor({ script: { applyRemoteDescription: refuse } });
  const client = openClient();
  client.offer();
  expect(await client.next("error")).toMatchObject({ code: "bad-sdp" });
  expect(await client.next("bye")).toEqual({ type: "bye", reason: "bad-sdp" });
  await eventually(() => supervisor.peerCount === 0, { what: "the peer to end" });
  expect(log.errors).toEqual([]);
});

interface LateFault {
  readonly setup: SupervisorSetup;
  readonly end: (peer: Peer, engine: FakeEngine) => void;
}

let opened: Peer;
const keep = (set: (peer: Peer) => void): SupervisorSetup => ({
  application: {
    peerOpened(peer) {
      opened = peer;
      set(peer);
    },
  },
});

const lateFaults: Readonly<Record<string, LateFault>> = {
  "onclose throws": {
    setup: keep((peer) => {
      peer.onclose = explode;
    }),
    end: (peer) => peer.close("enough"),
  },
  "onconnectionstatechange throws at the end": {
    setup: keep((peer) => {
      peer.onconnectionstatechange = (state) => state === "closed" && explode();
    }),
    end: (peer) => peer.close("enough"),
  },
  "a handler closes the peer and throws": {
    setup: keep((peer) => {
      peer.ondatachannel = () => {
        peer.close("enough");
        throw boom;
      };
    }),
    end: (_, engine) => engine.openChannel(),
  },
  "a handler of a channel throws as the engine closes": {
    setup: {
      ...keep(() => {}),
      script: {
        async close() {
          const channel: Partial<EngineChannel> = {};
          engineOfLast?.options.media.channelOpened(channel as EngineChannel);
          engineOfLast?.options.media.handlerFailed(boom);
        },
      },
    },
    end: (peer) => peer.close("enough"),
  },
};
let engineOfLast: FakeEngine | undefined;

test.each(Object.entries(lateFaults))(
  "[AC5] when %s, the log says so once and the client hears of no crash",
  async (_, fault) => {
    const { openClient, engines, log, supervisor, escalationCount } = startSupervisor(fault.setup);
    const client = openClient();
    await client.connect();
    engineOfLast = engines.last;
    fault.end(opened, engines.last);
    expect(await client.next("bye")).toEqual({ type: "bye", reason: "enough" });
    await eventually(() => supervisor.peerCount === 0, { what: "the peer to end" });
    expect(log.errors).toMatchObject([
      { event: "peer failed while closing", fields: { session: client.id, error: boom } },
    ]);
    expect(client.received.seen.map(({ type }) => type)).toEqual(["answer", "bye"]);
    expect(escalationCount).toBe(0);
  },
);

test("[AC5] what throws while a crashed peer is buried is logged beside the crash", async () => {
  const other = new Error("and again");
  const { openClient, engines, log } = startSupervisor({
    application: {
      peerOpened(peer) {
        peer.onclose = () => {
          throw other;
        };
      },
    },
  });
  const client = openClient();
  await client.connect();
  engines.last.options.media.handlerFailed(boom);
  await client.next("bye");
  expect(log.errors).toMatchObject([
    { event: "peer crashed", fields: { error: boom } },
    { event: "peer failed while closing", fields: { error: other } },
  ]);
  expect(client.received.seen.map(({ type }) => type)).toEqual(["answer", "error", "bye"]);
});

test("[AC1] a client may offer anew as soon as it reads bye, however long the old engine takes to close", async () => {
  const { promise: closed, resolve: letClose } = Promise.withResolvers<void>();
  const { openClient, supervisor } = startSupervisor({
    ...keep(() => {}),
    script: { close: () => closed },
  });
  const client = openClient();
  await client.connect();
  opened.close();
  await client.next("bye");
  client.offer();
  await client.next("answer");
  expect(supervisor.peerCount).toBe(2);
  letClose();
  await eventually(() => supervisor.peerCount === 1, { what: "the old peer to end" });
});
