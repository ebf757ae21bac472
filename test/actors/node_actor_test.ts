import { expect, test } from "vitest";
import { waitFor } from "xstate";
import { createNodeActor, type EdgePort } from "../../actors/node_actor.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

/** A node with a real supervisor, fake engines and an edge that only counts. */
function startNodeActor(setup: SupervisorSetup & { readonly shutdownTimeoutMs?: number } = {}) {
  const calls: string[] = [];
  const edge: EdgePort = {
    url: "http://127.0.0.1:1",
    turnAway: () => calls.push("turnAway"),
    stopAccepting: () => calls.push("stopAccepting"),
    close: async () => void calls.push("close"),
  };
  const supervision = startSupervisor({ ...setup, onEscalation: () => actor.send({ type: "supervisor.escalated" }) });
  const actor = createNodeActor({
    timeouts: { shutdownTimeoutMs: setup.shutdownTimeoutMs ?? 5_000, drainTimeoutMs: 60_000 },
    supervisor: supervision.supervisor,
    openEdge: async () => edge,
  });
  const states: unknown[] = [];
  actor.subscribe(({ value }) => states.push(value));
  actor.start();
  return { ...supervision, actor, calls, states };
}

test("[AC13] a node where crashes come too fast ends every session with 1012 and goes on", async () => {
  const { actor, openClient, engines, supervisor, states, calls } = startNodeActor();
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  const bystander = openClient();
  await bystander.connect();
  const client = openClient();
  for (let crash = 0; crash < 21; crash += 1) {
    await client.connect();
    engines.last.options.media.handlerFailed(new Error("boom"));
    await client.next("bye");
  }
  for (const each of [client, bystander]) {
    expect(await each.next("closed")).toEqual({ type: "closed", code: 1012, reason: "shutting-down" });
  }
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  expect(states).toEqual(["starting", "ready", "restarting", "ready"]);
  expect(calls).toEqual([]);
  expect([supervisor.sessionCount, supervisor.peerCount]).toEqual([0, 0]);
  await openClient().connect();
});

test("[AC14] a stop ends the sessions, then the edge, and waits for both", async () => {
  const { promise: closed, resolve: letClose } = Promise.withResolvers<void>();
  const { actor, openClient, calls } = startNodeActor({ script: { close: () => closed } });
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  const client = openClient();
  await client.connect();
  actor.send({ type: "node.stopRequested", hasOthers: false });
  await client.next("closed");
  expect(actor.getSnapshot().value).toBe("stopping");
  expect(calls).toEqual(["stopAccepting"]);
  letClose();
  await waitFor(actor, (snapshot) => snapshot.matches("stopped"));
  expect(calls).toEqual(["stopAccepting", "close"]);
});

test("[AC14] a stop does not wait for an engine that never closes", async () => {
  const { actor, openClient, calls } = startNodeActor({
    script: { close: () => new Promise(() => {}) },
    shutdownTimeoutMs: 200,
  });
  await waitFor(actor, (snapshot) => snapshot.matches("ready"));
  const client = openClient();
  await client.connect();
  const start = performance.now();
  actor.send({ type: "node.stopRequested", hasOthers: false });
  await waitFor(actor, (snapshot) => snapshot.matches("stopped"));
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(calls).toEqual(["stopAccepting", "close"]);
});

test("[AC14] a node whose edge cannot be opened stops with the reason", async () => {
  const failure = new SignalboxError("bad-config", "Cannot listen");
  const actor = createNodeActor({
    timeouts: { shutdownTimeoutMs: 100, drainTimeoutMs: 100 },
    supervisor: startSupervisor().supervisor,
    openEdge: async () => {
      throw failure;
    },
  });
  actor.start();
  const stopped = await waitFor(actor, (snapshot) => snapshot.matches("stopped"));
  expect(stopped.context).toMatchObject({ url: null, failure });
});
