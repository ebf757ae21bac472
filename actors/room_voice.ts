import {
  type ChannelMessage,
  encodeChannelMessage,
  encodeGossip,
  type Gossip,
  type GossipKind,
} from "../protocol/room_gossip.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus } from "./bus.ts";
import type { Logger } from "./logger.ts";

export interface RoomVoiceOptions {
  readonly room: string;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly log: Logger;
}

/** What this node tells the other nodes with a part of a room, until it falls silent. */
export class RoomVoice {
  readonly #options: RoomVoiceOptions;
  /** By what is said. */
  readonly #subjects = new Map<string, string>();
  #isSilent = false;

  constructor(options: RoomVoiceOptions) {
    this.#options = options;
  }

  tell<K extends GossipKind>(kind: K, gossip: Gossip<K>): void {
    this.#send(kind, () => encodeGossip(kind, gossip));
  }

  tellOnChannel(message: ChannelMessage): void {
    this.#send("channel", () => encodeChannelMessage(message));
  }

  /** Nothing is told from now on. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  #send(kind: string, encode: () => Uint8Array): void {
    if (this.#isSilent) return;
    const { bus, subjects, room, log } = this.#options;
    try {
      const subject = this.#subjects.get(kind) ?? subjects.room(room, kind);
      this.#subjects.set(kind, subject);
      bus.publish(subject, encode());
    } catch (error) {
      log.error("other nodes not told", { room, kind, error });
    }
  }
}
