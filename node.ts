import { waitFor } from "xstate";
import type { Application } from "./actors/application.ts";
import { watchBusCapacity } from "./actors/bus_capacity.ts";
import { ClusterClock } from "./actors/cluster_clock.ts";
import { ClusterInspection } from "./actors/cluster_inspection.ts";
import { ClusterNodes } from "./actors/cluster_nodes.ts";
import { ClusterRecords } from "./actors/cluster_records.ts";
import { ClusterRooms } from "./actors/cluster_rooms.ts";
import { FlightRecorder } from "./actors/flight_recorder.ts";
import { hearOthers } from "./actors/hear_others.ts";
import { InspectionMessages } from "./actors/inspection_messages.ts";
import type { Logger } from "./actors/logger.ts";
import { createNodeActor } from "./actors/node_actor.ts";
import { NodeDrains } from "./actors/node_drains.ts";
import { createRoomParts } from "./actors/room_parts_factory.ts";
import { SessionSupervisor } from "./actors/session_supervisor.ts";
import { version } from "./config/version.ts";
import { type Config, readConfig } from "./config.ts";
import { SignalboxError } from "./protocol/signalbox_error.ts";
import { createSubjects } from "./protocol/subjects.ts";
import { openBus } from "./transport/bus/open_bus.ts";
import { AdminAccess } from "./transport/edge/admin_access.ts";
import { allOperations } from "./transport/edge/all_operations.ts";
import { readinessOf } from "./transport/edge/node_readiness.ts";
import { createPinoLogger } from "./transport/log/pino_logger.ts";
import { datagramCallsFault } from "./transport/media/datagram_calls.ts";
import { openMedia } from "./transport/media/open_media.ts";
import { BusTrackRelay } from "./transport/media/relay/bus_track_relay.ts";
import { ClientTokens } from "./transport/signing/client_tokens.ts";
import { SignedResumeTokens } from "./transport/signing/signed_resume_tokens.ts";

/** How often a node that drains looks whether there is still a node to go to, in milliseconds. Ours. */
const lookMs = 500;
/** Between the wish that this node drains and its beginning, in milliseconds: who asked over HTTP is answered meanwhile. Ours. */
const answerFirstMs = 50;

// The only composition root: config -> ports -> actors.

export interface NodeOptions {
  /** Default: `signalbox.json` of the working directory over the defaults. `readConfig` reads flags and variables, too. */
  readonly config?: Config;
  /** Default: JSON lines on stdout. */
  readonly log?: Logger;
  /** An operator asked the node to drain: whoever started it calls `stop()`, and is asked once. Default: the node calls it by itself. */
  readonly onDrainRequested?: () => void;
}

/** A running node. Whoever started it stops it. */
export interface Node {
  /** Where it listens, with the real port: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** As configured, or made up for this start. */
  readonly id: string;
  /** Clients whose sockets are open, or whose peer connections are still closing. */
  readonly sessionCount: number;
  /** Peer connections that have not ended. */
  readonly peerCount: number;
  /** Rooms with a client in them. */
  readonly roomCount: number;
  /** Ends every session and frees the port; resolves when all of it is done, or given up after the time limit. */
  stop(): Promise<void>;
}

/**
 * Starts a node.
 *
 * @param application what is done with its clients
 * @throws {SignalboxError} `bad-config` when it cannot listen as configured.
 */
export async function startNode(application: Application, options: NodeOptions = {}): Promise<Node> {
  const config = options.config ?? readConfig({ argv: [], env: {}, cwd: process.cwd() });
  const log = options.log ?? createPinoLogger({ level: config.logLevel });
  const { limits, timeouts } = config;
  const recorder = new FlightRecorder({ ...limits, ...timeouts });
  const nodeId = config.nodeId ?? crypto.randomUUID();
  // Another start of this node is another one to the cluster, since it knows nothing of what this one knew.
  const origin = crypto.randomUUID();
  // Loaded here so that a Node without its binary fails with words of ours.
  const { Edge } = await import("./transport/edge/edge.ts");
  const media = await openMedia(config, log, recorder);
  const { iceServers, tcpPort, engines } = media;
  if (datagramCallsFault !== undefined) {
    log.warn("packets are sent one by one, at twice the cost: the system's library cannot be called", {
      error: datagramCallsFault,
    });
  }
  const subjects = createSubjects(config.namespace);
  const clock = new ClusterClock(Date.now);
  const tokens = new SignedResumeTokens({
    secret: config.secret ?? crypto.randomUUID(),
    node: origin,
    lifetimeMs: timeouts.resumeTokenLifetimeMs,
    now: Date.now,
    clusterNow: () => clock.now(),
  });
  // It looks for its server meanwhile, for as long as it takes: until then, and while it is cut off, the node is not ready.
  const bus = await openBus({
    ...(config.nats === undefined ? {} : { nats: config.nats }),
    namespace: config.namespace,
    nodeId,
    log,
    recorder,
  }).catch(async (error: unknown) => {
    await media.close();
    throw error;
  });
  if (config.nats !== undefined) watchBusCapacity(bus, { limits, log });
  const relay = new BusTrackRelay({ bus, subjects, node: origin, clock: engines.clock, log });
  const nodes = new ClusterNodes({
    bus,
    subjects,
    origin,
    nodeId,
    timeoutMs: timeouts.nodeTimeoutMs,
    countSessions: () => supervisor.sessionCount,
    every,
    now: () => performance.now(),
    clock,
    log,
  });
  const rooms = new ClusterRooms({
    node: origin,
    bus,
    subjects,
    timeouts: { ...timeouts, partTimeoutMs: 1_000 },
    log,
    recorder,
    others: () => [...nodes.nodes].map((node) => node.origin),
    every,
  });
  const supervisor: SessionSupervisor = new SessionSupervisor({
    engines,
    application,
    log,
    timeouts,
    limits,
    recorder,
    rooms: {
      parts: createRoomParts(recorder),
      nodeId,
      iceServers,
      tokens,
      cluster: rooms,
      relay,
      createId: () => crypto.randomUUID(),
      every,
    },
    cluster: { bus, subjects, nodes, every, after },
    onEscalation: () => actor.send({ type: "supervisor.escalated" }),
  });
  const epochMs = Date.now() - performance.now();
  const records = new ClusterRecords({
    recorder,
    bus,
    subjects,
    origin,
    nodeId,
    epochMs,
    version,
    others: () => nodes.nodes,
    now: () => performance.now(),
    after,
  });
  const inspection = new ClusterInspection({
    recorder,
    messages: new InspectionMessages(nodeId, epochMs),
    bus,
    subjects,
    origin,
    nodeId,
    observe: (record) => supervisor.observe(record),
    every,
    after,
    log,
  });
  // Others know of a node, and may have it drained, before it has started.
  const complete = Promise.withResolvers<void>();
  const drain = (): unknown => after(answerFirstMs, options.onDrainRequested ?? (() => void node.stop()));
  const drains = new NodeDrains({
    bus,
    subjects,
    nodes,
    countSessions: () => supervisor.sessionCount,
    onRequested: () => void complete.promise.then(drain),
  });
  const access = new AdminAccess({
    token: config.adminToken,
    onRefused: ({ code, message }, { address, count }) => {
      // The 1st, 2nd, 4th, 8th ...: whoever guesses does not fill the log.
      if (Number.isInteger(Math.log2(count))) log.warn("watcher refused", { code, reason: message, address, count });
    },
  });
  const clientTokens = new ClientTokens({ secret: config.secret, now: Date.now });
  const actor = createNodeActor({
    timeouts: { ...timeouts, drainTimeoutMs: config.drainTimeoutMs },
    supervisor,
    recorder,
    openEdge: () =>
      Edge.listen({
        host: config.host,
        port: config.port,
        isPortShared: config.workers > 1,
        ...(config.tls === undefined ? {} : { tls: config.tls }),
        listener: supervisor,
        readiness: () => readinessOf(actor.getSnapshot(), bus.link),
        limits: { ...limits, ...timeouts },
        inspection: { access, open: (filter, onReady) => inspection.open(filter, onReady) },
        api: { access, clientTokens, version, operations: allOperations({ records, drains, iceServers }) },
        onError: (error, context) => log.error("edge failed", { error, ...context }),
      }),
  });
  nodes.start();
  // Whoever comes first is told who is in its room on other nodes: these have a moment to say that they are there.
  if (config.nats !== undefined) await hearOthers(bus, after);
  actor.start();
  const started = await waitFor(actor, (snapshot) => !snapshot.matches("starting"), {
    timeout: Number.POSITIVE_INFINITY,
  });
  const { url, failure } = started.context;
  const hasOthers = () => bus.link.state === "connected" && [...nodes.nodes].some(({ state }) => state === "ready");
  const leaveCluster = async () => {
    supervisor.leaveCluster();
    inspection.stop();
    drains.stop();
    records.stop();
    rooms.stop();
    relay.close();
    nodes.stop();
    await Promise.all([media.close(), bus.close()]);
  };
  if (url === null) {
    await leaveCluster();
    throw SignalboxError.from(failure, "bad-config", `Cannot listen on ${config.host}:${config.port}`);
  }
  nodes.watch({ lost: (gone) => relay.forgetNode(gone) });
  log.info("node ready", { url, node: nodeId, tcpPort: tcpPort?.port ?? "off" });
  const node: Node = {
    url,
    id: nodeId,
    get roomCount() {
      return supervisor.roomCount;
    },
    get sessionCount() {
      return supervisor.sessionCount;
    },
    get peerCount() {
      return supervisor.peerCount;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
  const stop = async () => {
    nodes.drain();
    supervisor.stopAnswering();
    actor.send({ type: "node.stopRequested", hasOthers: hasOthers() });
    const stopLooking = every(lookMs, () => hasOthers() || actor.send({ type: "others.gone" }));
    await waitFor(actor, (snapshot) => snapshot.matches("stopped"), { timeout: Number.POSITIVE_INFINITY });
    stopLooking();
    await leaveCluster();
    log.info("node stopped", { sessions: supervisor.sessionCount, peers: supervisor.peerCount });
  };
  let stopping: Promise<void> | undefined;
  complete.resolve();
  return node;
}

function every(periodMs: number, call: (nowMs: number) => void): () => void {
  const timer = setInterval(() => call(performance.now()), periodMs).unref();
  return () => clearInterval(timer);
}

function after(delayMs: number, call: () => void): () => void {
  const timer = setTimeout(call, delayMs);
  return () => clearTimeout(timer);
}
