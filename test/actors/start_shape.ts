import type { Application } from "../../actors/application.ts";
import type { Room } from "../../actors/room_application.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import type { FakeEngine } from "../kit/fake_engine.ts";
import { FakeRelays } from "../kit/fake_relay.ts";
import { type FakeClient, type SocketEnd, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

/** How many nodes a room is on: whatever is said of rooms is so in each. */
export const shapes = [
  { shape: "one node", nodeCount: 1 },
  { shape: "two nodes", nodeCount: 2 },
  { shape: "three nodes", nodeCount: 3 },
] as const;

export interface ShapeSetup extends Omit<SupervisorSetup, "application" | "hub" | "node" | "relay"> {
  /** The program of a node, by its number. */
  readonly application?: (node: number) => Application;
}

export type ShapeNode = ReturnType<typeof startSupervisor> & {
  readonly name: string;
  /** Those that its program was told of and that did not close. */
  readonly rooms: Map<string, Room>;
};

/** Nodes that know each other, each client on the next one. */
export async function startShape(nodeCount: number, { application, ...setup }: ShapeSetup = {}) {
  const cuts = new Set<string>();
  const hub = new LocalHub({ route: ({ from, to }) => (cuts.has(from) || cuts.has(to) ? undefined : 0) });
  const relays = new FakeRelays();
  const nodes = Array.from({ length: nodeCount }, (_, index): ShapeNode => {
    const name = `n${index + 1}-`;
    const rooms = new Map<string, Room>();
    const program = application?.(index) ?? {};
    const node = startSupervisor({
      ...setup,
      node: name,
      hub,
      relay: relays.of(name),
      application: {
        ...program,
        roomOpened: (room) => {
          rooms.set(room.name, room);
          program.roomOpened?.(room);
        },
      },
    });
    return Object.assign(node, { name, rooms });
  });
  await eventually(() => nodes.every(({ cluster }) => [...cluster.nodes.nodes].length === nodeCount - 1), {
    what: "the nodes to know each other",
  });
  const homes = new WeakMap<FakeClient, ShapeNode>();
  let clientCount = 0;

  const nodeOf = (client: FakeClient): ShapeNode => {
    const node = homes.get(client);
    if (node === undefined) throw new Error(`There is no client ${client.id}`);
    return node;
  };
  const openClient = (node = nodes[clientCount % nodeCount] as ShapeNode): FakeClient => {
    clientCount += 1;
    const client = node.openClient();
    homes.set(client, node);
    return client;
  };
  return {
    nodes,
    hub,
    relays,
    nodeOf,
    openClient,
    /** As if a node were killed. */
    kill: ({ name }: ShapeNode) => cuts.add(name),
    /** The room as the program of somebody's node has it. */
    roomOf: (client: FakeClient, name = "atrium"): Room => {
      const room = nodeOf(client).rooms.get(name);
      if (room === undefined) throw new Error(`The node of ${client.id} has no room ${name}`);
      return room;
    },
    /** Offers, and returns the engine that answered. */
    connect: async (client: FakeClient, tracks?: Parameters<FakeClient["offer"]>[0]): Promise<FakeEngine> => {
      client.offer(tracks);
      await client.next("answer");
      return nodeOf(client).engines.last;
    },
    /** Clients in a room; each knows all others. */
    fill: async (...joins: Partial<Extract<ClientMessage, { type: "join" }>>[]): Promise<FakeClient[]> => {
      const clients: FakeClient[] = [];
      for (const more of joins) {
        const client = openClient();
        await client.join("atrium", more);
        clients.push(client);
      }
      for (const [index, client] of clients.entries()) {
        for (let more = index + 1; more < clients.length; more += 1) await client.next("peer-joined");
        client.take();
      }
      return clients;
    },
  };
}

/** The first thing of a type that came, or comes, to everybody. */
export async function allNext(
  clients: readonly FakeClient[],
  type: string,
): Promise<readonly (ServerMessage | SocketEnd)[]> {
  return Promise.all(clients.map((client) => client.next(type)));
}

/** What came to a client of a type, since the start. */
export function told(client: FakeClient, type: string): readonly (ServerMessage | SocketEnd)[] {
  return client.received.seen.filter((message) => message.type === type);
}

export const until = (check: () => boolean, what: string, describe?: () => unknown) =>
  eventually(check, { what, ...(describe === undefined ? {} : { describe }) });

/** Resolves when everything that was said before has arrived, and returns what came to each of those in the room since it was asked last. */
export async function settle(clients: readonly FakeClient[]): Promise<readonly (ServerMessage | SocketEnd)[][]> {
  const topic = "settle";
  for (const client of clients) client.say({ type: "data", topic, payload: null });
  for (const client of clients) {
    for (let more = 1; more < clients.length; more += 1) {
      await client.received.next((message) => message.type === "data" && message.topic === topic);
    }
  }
  return clients.map((client) => client.take().filter((message) => !("topic" in message && message.topic === topic)));
}
