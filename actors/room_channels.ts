import type { EngineChannel, SendOutcome } from "./ports.ts";
import type {
  RoomChannelMessage as Message,
  RoomChannelsOptions,
  RoomChannels as RoomPart,
  RoomParticipant,
  ServerChannelPort,
} from "./room_parts.ts";

/** A member's channel of a label. */
interface RoomChannel {
  readonly memberId: string;
  readonly label: string;
  readonly channel: EngineChannel;
  readonly isReliable: boolean;
}

/** Everybody who takes part in a label, in the order of coming. */
interface Audience {
  /** By the id of the member. */
  readonly channels: Map<string, RoomChannel>;
  readonly ports: Set<ServerChannelPort>;
}

/** The protocol of the data channels that are relayed to the room. */
export const roomChannelProtocol = "signalbox.room";

/** How much of a label, which the client chooses (RFC 8832 allows 65,535 bytes), is logged and told. Ours. */
export const maxShownLabel = 64;

/**
 * Relays what a member sends on a channel to every other member's channel of the same label, with its id before it: text as
 * `<id>\n<text>`, bytes as the length of the id in one byte, the id in ASCII, and the bytes.
 *
 * A member has one channel of a label: a newer one takes the place of the older, which is closed. A reliable channel whose member does
 * not read is closed (`buffer-full`), as it would have a gap otherwise; one that may lose messages loses them. A message that is too
 * long for a member is not sent to it, and its sender is told.
 */
export class RoomChannels implements RoomPart {
  readonly #options: RoomChannelsOptions;
  readonly #audiences = new Map<string, Audience>();
  /** The same channels by member and label. */
  readonly #members = new Map<string, Map<string, RoomChannel>>();
  readonly #ports = new Map<string, Set<ServerChannelPort>>();
  /** What a member on the server sent while a message was under way: everybody gets them in one order. */
  readonly #waiting: Message[] = [];
  #isRelaying = false;

  constructor(options: RoomChannelsOptions) {
    this.#options = options;
  }

  /** Labels that somebody takes part in. */
  get labelCount(): number {
    return this.#audiences.size;
  }

  opened(member: RoomParticipant, channel: EngineChannel): void {
    const { id: memberId } = member;
    const { label } = channel;
    const older = this.#members.get(memberId)?.get(label);
    if (older !== undefined) this.#end(older, "replaced");
    const opened: RoomChannel = { memberId, label, channel, isReliable: isReliable(channel) };
    this.#audience(label).channels.set(memberId, opened);
    const channels = this.#members.get(memberId) ?? new Map<string, RoomChannel>();
    this.#members.set(memberId, channels.set(label, opened));
    channel.onmessage = (data) => {
      if (this.#isLive(opened)) this.send({ from: memberId, label, data });
    };
    channel.onclose = () => this.#forget(opened);
  }

  addPort(port: ServerChannelPort): void {
    this.#audience(port.label).ports.add(port);
    const ports = this.#ports.get(port.memberId) ?? new Set<ServerChannelPort>();
    this.#ports.set(port.memberId, ports.add(port));
  }

  removePort(port: ServerChannelPort): void {
    const audience = this.#audiences.get(port.label);
    audience?.ports.delete(port);
    this.#dropIfEmpty(port.label, audience);
    const ports = this.#ports.get(port.memberId);
    ports?.delete(port);
    if (ports?.size === 0) this.#ports.delete(port.memberId);
  }

  send(message: Message): void {
    this.#options.onSent?.(message);
    this.receive(message);
  }

  receive(message: Message): void {
    if (this.#isRelaying) {
      const { data } = message;
      this.#waiting.push(typeof data === "string" ? message : { ...message, data: data.slice() });
      return;
    }
    this.#isRelaying = true;
    for (let next: Message | undefined = message; next !== undefined; next = this.#waiting.shift()) this.#relay(next);
    this.#isRelaying = false;
  }

  peerClosed(memberId: string): void {
    for (const channel of [...(this.#members.get(memberId)?.values() ?? [])]) this.#forget(channel);
  }

  memberLeft(memberId: string): void {
    this.peerClosed(memberId);
    for (const port of [...(this.#ports.get(memberId) ?? [])]) this.removePort(port);
  }

  close(): void {
    for (const channels of [...this.#members.values()]) {
      for (const channel of [...channels.values()]) this.#end(channel, "room closed");
    }
    this.#audiences.clear();
    this.#waiting.length = 0;
  }

  #relay({ from, label, data }: Message): void {
    const audience = this.#audiences.get(label);
    if (audience === undefined) return;
    let frame: string | Uint8Array | undefined;
    let tooLargeFor = 0;
    for (const to of audience.channels.values()) {
      if (to.memberId === from) continue;
      frame ??= frameOf(from, data);
      if (this.#deliver(to, frame) === "message-too-large") tooLargeFor += 1;
    }
    for (const port of audience.ports) if (port.memberId !== from) this.#receive(port, { from, data });
    if (tooLargeFor > 0) {
      const message = `Cannot relay a message on room channel "${shown(label)}": it is too long for ${tooLargeFor} of its members`;
      this.#options.onTooLarge?.({ from, label, message });
    }
  }

  #receive(port: ServerChannelPort, message: { readonly from: string; readonly data: string | Uint8Array }): void {
    try {
      port.receive(message);
    } catch (error) {
      this.#fail(port, error);
    }
  }

  /** What is closed already is forgotten with its `onclose`. */
  #deliver(to: RoomChannel, frame: string | Uint8Array): SendOutcome | "failed" {
    try {
      const outcome = to.channel.trySend(frame);
      if (outcome === "buffer-full" && to.isReliable) this.#end(to, outcome);
      return outcome;
    } catch (error) {
      this.#fail(to, error);
      this.#end(to, "failed");
      return "failed";
    }
  }

  /** Takes a channel out and closes it. */
  #end(channel: RoomChannel, reason: string): void {
    const { memberId, label } = channel;
    this.#options.log.info("room channel closed", {
      room: this.#options.room,
      member: memberId,
      label: shown(label),
      reason,
    });
    this.#forget(channel);
    try {
      channel.channel.close();
    } catch (error) {
      this.#fail(channel, error);
    }
  }

  #fail({ memberId, label }: { readonly memberId: string; readonly label: string }, error: unknown): void {
    this.#options.log.error("room channel failed", {
      room: this.#options.room,
      member: memberId,
      label: shown(label),
      error,
    });
    this.#options.onCrash();
  }

  #isLive(channel: RoomChannel): boolean {
    return this.#audiences.get(channel.label)?.channels.get(channel.memberId) === channel;
  }

  #forget(channel: RoomChannel): void {
    if (!this.#isLive(channel)) return;
    const { memberId, label } = channel;
    const audience = this.#audiences.get(label);
    audience?.channels.delete(memberId);
    this.#dropIfEmpty(label, audience);
    const channels = this.#members.get(memberId);
    channels?.delete(label);
    if (channels?.size === 0) this.#members.delete(memberId);
  }

  #audience(label: string): Audience {
    const found = this.#audiences.get(label);
    if (found !== undefined) return found;
    const audience: Audience = { channels: new Map(), ports: new Set() };
    this.#audiences.set(label, audience);
    return audience;
  }

  #dropIfEmpty(label: string, audience: Audience | undefined): void {
    if (audience?.channels.size === 0 && audience.ports.size === 0) this.#audiences.delete(label);
  }
}

/** Made once for all who receive it. */
function frameOf(from: string, data: string | Uint8Array): string | Uint8Array {
  if (typeof data === "string") return `${from}\n${data}`;
  // Ids are ASCII and no longer than 64.
  const frame = Buffer.allocUnsafe(1 + from.length + data.length);
  frame[0] = from.length;
  frame.write(from, 1, "latin1");
  frame.set(data, 1 + from.length);
  return frame;
}

/** A channel is reliable without a limit to its retransmissions (RFC 8831, 6.1), whatever the order. */
function isReliable({ maxRetransmits, maxPacketLifeTime }: EngineChannel): boolean {
  return maxRetransmits === null && maxPacketLifeTime === null;
}

function shown(label: string): string {
  return label.slice(0, maxShownLabel);
}
