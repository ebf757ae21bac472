import type { NatsConnection } from "nats";
import { encodeNodePresence, type NodePresence, parseNodePresence } from "../../protocol/node_presence.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { type NatsAccess, NatsDialer, type NatsServer } from "./nats_dialer.ts";
import { watchConnection } from "./nats_events.ts";

/** Questions whose answers are timed. Ours: the median of so many is steady. */
const rounds = 5;
/** For a message that goes through the server and back, in milliseconds. Ours. */
const answerTimeoutMs = 2_000;

/** What a NATS server is to a node. */
export interface NatsSighting {
  readonly connectMs: number;
  readonly version: string;
  readonly serverName: string;
  readonly cluster: string | undefined;
  readonly isTls: boolean;
  readonly maxPayloadBytes: number;
  /** Operations on subjects of ours that are not allowed: `publish signalbox.node.*`. */
  readonly refused: readonly string[];
  /** From one connection over the server to another and back, the median; undefined when nothing came back. */
  readonly roundTripMs: number | undefined;
  /** Nodes that told of themselves while we listened. */
  readonly nodes: readonly Pick<NodePresence, "node" | "state" | "sessions">[];
}

export interface NatsProbeOptions {
  readonly namespace: string;
  /** How long other nodes are listened for, in milliseconds. */
  readonly listenMs: number;
}

/**
 * Connects to one server twice, tries each kind of subject of a node under ids that nobody has, and leaves nothing behind.
 *
 * @throws Error that says in words, without a credential, why there is no connection
 */
export async function probeNats(access: NatsAccess, { namespace, listenMs }: NatsProbeOptions): Promise<NatsSighting> {
  const { inboxPrefix } = createSubjects(namespace);
  const dial = (name: string) =>
    new NatsDialer(access, { name: `signalbox ${namespace} ${name}`, inboxPrefix, random: Math.random }).dial();
  const beganMs = performance.now();
  const asking = await dial("doctor");
  const connectMs = performance.now() - beganMs;
  const answering = await dial("doctor-answering").catch(async (error) => {
    await asking.close();
    throw error;
  });
  try {
    const refused = new Set<string>();
    const nodes = new Map<string, NodePresence>();
    await tryEverySubject(answering, { namespace, refused, nodes });
    const roundTripMs = await timeRoundTrips({ asking, answering }, { namespace, refused });
    await new Promise((resolve) => setTimeout(resolve, listenMs));
    const { info } = asking;
    return {
      connectMs,
      version: info?.version ?? "unknown",
      serverName: info?.server_name ?? "unknown",
      cluster: info?.cluster,
      isTls: info?.tls_required === true,
      maxPayloadBytes: info?.max_payload ?? 0,
      refused: [...refused],
      roundTripMs,
      nodes: [...nodes.values()],
    };
  } finally {
    await Promise.all([asking.close(), answering.close()]);
  }
}

interface Subjects {
  readonly namespace: string;
  readonly refused: Set<string>;
}

/** All kinds of subjects that nodes use, under ids of ours; what nodes say of themselves is heard from now on. */
async function tryEverySubject(
  connection: NatsConnection,
  { namespace, refused, nodes }: Subjects & { readonly nodes: Map<string, NodePresence> },
): Promise<void> {
  const id = crypto.randomUUID();
  const subjects = createSubjects(namespace);
  noteRefusals(connection, { id, refused });
  connection.subscribe(subjects.cluster("nodes"), {
    callback: (error, { data }) => {
      const presence = error === null ? parseNodePresence(data) : undefined;
      if (presence !== undefined && presence.state !== "gone") nodes.set(presence.origin, presence);
    },
  });
  const silent = { callback: () => undefined };
  const patterns = [
    subjects.nodeAll(id),
    subjects.roomAll(id),
    subjects.sessionAll(id),
    subjects.mediaAll(id, "packets"),
  ];
  for (const pattern of patterns) connection.subscribe(pattern, silent);
  const inbox = `${subjects.inboxPrefix}.${id}`;
  connection.subscribe(`${inbox}.*`, silent);
  const nothing = new Uint8Array();
  const names = [
    subjects.node(id, "doctor"),
    subjects.room(id, "doctor"),
    subjects.session(id, "doctor"),
    subjects.media(id, "packets", "doctor"),
  ];
  for (const subject of [...names, `${inbox}.1`]) connection.publish(subject, nothing);
  // The last word of a node that nobody knew is nothing to those who hear it.
  const last = { origin: id, node: "doctor", state: "gone", sessions: 0 } as const;
  connection.publish(subjects.cluster("nodes"), encodeNodePresence(last));
  await connection.flush();
}

function noteRefusals(
  connection: NatsConnection,
  { id, refused }: { readonly id: string; readonly refused: Set<string> },
) {
  watchConnection(connection, {
    serversChanged: () => undefined,
    refused: (operation, subject) => {
      const verb = operation === "subscription" ? "subscribe to" : operation;
      refused.add(`${verb} ${subject.replace(id, "*")}`);
    },
    failed: () => undefined,
    lost: () => undefined,
  });
}

/** As one node asks another: a question on a subject of a node, the answer to an inbox. */
async function timeRoundTrips(
  { asking, answering }: { readonly asking: NatsConnection; readonly answering: NatsConnection },
  { namespace, refused }: Subjects,
): Promise<number | undefined> {
  const id = crypto.randomUUID();
  const subjects = createSubjects(namespace);
  noteRefusals(asking, { id, refused });
  const [subject, inbox] = [subjects.node(id, "doctor"), `${subjects.inboxPrefix}.${id}`];
  answering.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) message.respond(message.data);
    },
  });
  let answered: () => void = () => undefined;
  asking.subscribe(`${inbox}.*`, { callback: (error) => error === null && answered() });
  await Promise.all([asking.flush(), answering.flush()]);
  const tookMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const beganMs = performance.now();
    const came = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), answerTimeoutMs);
      answered = () => {
        clearTimeout(timer);
        resolve(true);
      };
      asking.publish(subject, new Uint8Array([round]), { reply: `${inbox}.${round}` });
    });
    if (!came) return undefined;
    tookMs.push(performance.now() - beganMs);
  }
  return tookMs.sort((a, b) => a - b)[rounds >> 1];
}

/** A server as people name it. */
export function natsPlace({ host, port }: NatsServer): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
