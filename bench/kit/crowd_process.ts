import type { SignallingMessage } from "../../test/kit/signalling_socket.ts";
import { LeanSocket } from "./lean_socket.ts";
import { followOrders } from "./ordered_process.ts";

// A process with many members of one room, for `cluster_crowd.ts`: none of them has media.

/** What the process is told to do. */
export type CrowdOrder =
  | {
      readonly type: "join";
      /** Members go to one after the other. */
      readonly wsUrls: readonly string[];
      readonly room: string;
      readonly count: number;
      /** How many join at the same time. */
      readonly concurrency: number;
      /** Members of the room when all are in, those of other processes included. */
      readonly total: number;
    }
  /** Answered when each member of this process knows of all others. */
  | { readonly type: "complete" }
  | { readonly type: "leave" };

/** When things happened, in milliseconds of the system's monotonic clock. */
export interface CrowdReport {
  readonly startedAtMs: number;
  readonly joinedAtMs: number;
  /** How long each join took. */
  readonly joinMs: readonly number[];
}

interface Member {
  readonly socket: LeanSocket;
  readonly known: Set<string>;
}

const members: Member[] = [];
let total = Number.POSITIVE_INFINITY;
let lastChangeAtMs = 0;
let complete = Promise.withResolvers<void>();

followOrders(async (order: CrowdOrder) => {
  if (order.type === "join") return await joinMany(order);
  if (order.type === "complete") {
    lookWhetherComplete();
    await complete.promise;
    return lastChangeAtMs;
  }
  for (const { socket } of members.splice(0)) socket.close();
  return undefined;
});

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function joinMany(order: Extract<CrowdOrder, { type: "join" }>): Promise<CrowdReport> {
  const { wsUrls, room, count, concurrency } = order;
  total = order.total;
  complete = Promise.withResolvers();
  const startedAtMs = nowMs();
  const joinMs: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const wsUrl = wsUrls[next % wsUrls.length] ?? "";
      next += 1;
      const fromMs = nowMs();
      await joinOne(wsUrl, room);
      joinMs.push(nowMs() - fromMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { startedAtMs, joinedAtMs: nowMs(), joinMs };
}

async function joinOne(wsUrl: string, room: string): Promise<void> {
  const socket = await LeanSocket.open(wsUrl);
  const member: Member = { socket, known: new Set() };
  const joined = Promise.withResolvers<void>();
  socket.onEnd = () => joined.reject(new Error("the node closed a socket"));
  socket.onMessage = (message) => {
    if (message.type === "error") joined.reject(new Error(JSON.stringify(message)));
    else if (readPeers(member, message)) joined.resolve();
  };
  members.push(member);
  socket.send({ type: "join", room, name: "somebody of the crowd" });
  await joined.promise;
}

/** Keeps who is in the room as a member sees it; true for the word that it is in itself. */
function readPeers({ known }: Member, message: SignallingMessage): boolean {
  const idOf = (peer: unknown) => (peer as { readonly id: string }).id;
  if (message.type === "joined") for (const peer of message["peers"] as unknown[]) known.add(idOf(peer));
  else if (message.type === "peer-joined") known.add(idOf(message["peer"]));
  else if (message.type === "peer-left") known.delete(String(message["peer"]));
  else return false;
  lastChangeAtMs = nowMs();
  if (known.size === total - 1) lookWhetherComplete();
  return message.type === "joined";
}

function lookWhetherComplete(): void {
  if (members.length > 0 && members.every(({ known }) => known.size === total - 1)) complete.resolve();
}
