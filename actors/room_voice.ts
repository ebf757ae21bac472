import {
  type ChannelMessage,
  encodeChannelMessage,
  encodeGossip,
  type Gossip,
  type GossipKind,
} from "../protocol/room_gossip.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
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

  /** False for what is too long for the bus: nobody is told. */
  tell<K extends GossipKind>(kind: K, gossip: Gossip<K>): boolean {
    return this.#send(kind, () => encodeGossip(kind, gossip));
  }

  /** As `tell`. */
  tellOnChannel(message: ChannelMessage): boolean {
    return this.#send("channel", () => encodeChannelMessage(message));
  }

  /** Nothing is told from now on. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  #send(kind: string, encode: () => Uint8Array): boolean {
    if (this.#isSilent) return true;
    const { bus, subjects, room, log } = this.#options;
    try {
      const subject = this.#subjects.get(kind) ?? subjects.room(room, kind);
      this.#subjects.set(kind, subject);
      bus.publish(subject, encode());
      return true;
    } catch (error) {
      const isTooLong = error instanceof SignalboxError && error.code === "payload-too-large";
      // What a member said it is told itself.
      if (!isTooLong || !(kind === "data" || kind === "channel"))
        log.error("other nodes not told", { room, kind, error });
      return !isTooLong;
    }
  }
}
