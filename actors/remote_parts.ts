import { type Actor, createActor } from "xstate";
import type { RemotePartEvent, RemotePartTimeouts, remotePartMachine } from "../machines/remote_part_machine.ts";
import type { LeaveReason } from "../protocol/room.ts";
import type { Gossip } from "../protocol/room_gossip.ts";
import type { RecordLabels } from "./actor_record.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";

export interface RemotePartsOptions {
  readonly room: string;
  readonly logic: typeof remotePartMachine;
  readonly timeouts: RemotePartTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  /** Real, or simulated. */
  readonly clock?: NonNullable<Parameters<typeof createActor>[1]>["clock"];
  /** A part is no more: its members are gone for a reason, or went on elsewhere. */
  readonly onEnded: (node: string, reason: LeaveReason | undefined) => void;
}

/** Starts of nodes of which a room remembers that they spoke for themselves. Ours: far more than a cluster has at a time, and a room may outlive many. */
const maxHeard = 256;

/** The parts of a room on other nodes, each a machine of its own, by the starts of their nodes. */
export class RemoteParts {
  readonly #options: RemotePartsOptions;
  readonly #parts = new Map<string, Actor<typeof remotePartMachine>>();
  /** Nodes that said something themselves: nobody else needs to speak for them. */
  readonly #heard = new Set<string>();

  constructor(options: RemotePartsOptions) {
    this.#options = options;
  }

  /** A node said something of its own part. */
  tell(node: string, event: RemotePartEvent): void {
    this.#hear(node);
    if (event.type === "part.ended") this.#parts.get(node)?.send(event);
    else this.#of(node).send(event);
  }

  /** A node has no part, though it may have had one before. */
  tellNone(node: string, number: number): void {
    this.#hear(node);
    this.#parts.get(node)?.send({ type: "part.told", number, peers: [] });
  }

  /** Another node knew the part of a node. */
  recall({ node, number, peers }: Pick<Gossip<"part">, "node" | "number" | "peers">): void {
    if (!this.#heard.has(node)) this.#of(node).send({ type: "part.recalled", number, peers });
  }

  /** What is known of them for who asked; not by hearsay, which would keep those alive that are gone. */
  describe(): Pick<Gossip<"part">, "node" | "number" | "peers">[] {
    const heard = [...this.#parts].filter(([node]) => this.#heard.has(node));
    return heard.map(([node, part]) => {
      const { number, peers } = part.getSnapshot().context;
      return { node, number, peers: Object.values(peers) };
    });
  }

  /** The link to the bus is back: anything may have been missed. */
  linkRestored(): void {
    for (const part of this.#parts.values()) part.send({ type: "link.restored" });
  }

  close(): void {
    const { room, recorder } = this.#options;
    for (const [node, part] of this.#parts) {
      part.stop();
      recorder?.ended(`remote-part:${room}/${node}`);
    }
    this.#parts.clear();
  }

  /** Of members that are heard of their own node tells more; of others this is all that is left. */
  #labelsOf(node: string): RecordLabels {
    const { room } = this.#options;
    const snapshot = this.#parts.get(node)?.getSnapshot();
    if (snapshot === undefined || (snapshot.value !== "silent" && !snapshot.context.isLost)) return { room };
    return { room, peers: Object.keys(snapshot.context.peers) };
  }

  /** The one that was silent for longest is forgotten first. */
  #hear(node: string): void {
    this.#heard.delete(node);
    this.#heard.add(node);
    if (this.#heard.size <= maxHeard) return;
    for (const oldest of this.#heard) {
      this.#heard.delete(oldest);
      break;
    }
  }

  #of(node: string): Actor<typeof remotePartMachine> {
    const known = this.#parts.get(node);
    if (known !== undefined) return known;
    const { logic, room, timeouts, clock, log, recorder, onEnded } = this.#options;
    const address = `remote-part:${room}/${node}`;
    const input = { room, node, timeouts };
    const part = createActor(logic, {
      input,
      ...(clock === undefined ? {} : { clock }),
      ...recorder?.record({ id: address, parent: `room:${room}`, labels: () => this.#labelsOf(node) }),
    });
    this.#parts.set(node, part);
    const end = (reason: LeaveReason | undefined): void => {
      if (this.#parts.get(node) !== part) return;
      recorder?.ended(address);
      this.#parts.delete(node);
      onEnded(node, reason);
    };
    part.subscribe({
      complete: () => end(part.getSnapshot().context.isLost ? "node-lost" : undefined),
      error: (error) => {
        log.error("part of a room crashed", { room, origin: node, error });
        end("node-lost");
      },
    });
    part.start();
    return part;
  }
}
