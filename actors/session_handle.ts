import type { Ref } from "../protocol/ref.ts";
import type { ServerMessage } from "../protocol/server_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { Session } from "./application.ts";
import { KeptMessages } from "./kept_messages.ts";
import type { PeerMedia } from "./peer_media.ts";
import type { SignallingSocket } from "./ports.ts";

/** What a close frame has room for beside the code (RFC 6455, 5.5). */
const maxReasonBytes = 123;

export interface SessionHandleOptions {
  readonly id: string;
  /** Above 1 when the session was on another node before. */
  readonly firstEpoch: number;
  /** Bytes that are kept for a client while its socket is gone. */
  readonly maxKeptBytes: number;
  readonly close: (reason: string) => void;
  /** Hears of what is said to the client, but of what others say to it, and of who speaks. `text` is a message in JSON. */
  readonly onTold: (message: ServerMessage) => void;
  /** The same of what is encoded already. */
  readonly onTextTold: (text: string) => void;
  readonly onErrorTold: (code: ErrorCode, message: string) => void;
}

/** A client as the application and the actors see it, on the socket that it has now. */
export class SessionHandle implements Session {
  readonly id: string;
  onclose: (() => void) | null = null;
  /** Of the newest peer connection, open or closed; null before there was one. */
  media: PeerMedia | null = null;
  /** Grows each time that a client comes back to the session: of two that claim it the higher has it. */
  epoch: number;
  /** It was told to go on at another node, on the socket that it has. */
  isSentAway = false;
  /** Of its last socket. */
  remoteAddress: string;
  #trackCount = 0;
  #socket: SignallingSocket;
  /** What waits for the next socket; undefined while there is one. */
  #kept: KeptMessages | undefined;
  readonly #options: SessionHandleOptions;

  constructor(socket: SignallingSocket, options: SessionHandleOptions) {
    this.id = options.id;
    this.epoch = options.firstEpoch;
    this.remoteAddress = socket.remoteAddress;
    this.#socket = socket;
    this.#options = options;
  }

  get socket(): SignallingSocket {
    return this.#socket;
  }

  /** Its socket is gone, and there is no other one yet. */
  get isAway(): boolean {
    return this.#kept?.isHeld === false;
  }

  close(reason = ""): void {
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(maxReasonBytes));
    this.#options.close(reason.slice(0, read));
  }

  /** The socket is gone, and another one may come: what cannot be told anew is kept for it. */
  detach(): void {
    this.#kept ??= new KeptMessages(this.#options.maxKeptBytes);
  }

  /** Another socket, under another epoch: what is said from now on goes there, what was kept when it is released. */
  attach(socket: SignallingSocket, epoch: number): void {
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress;
    this.epoch = epoch;
    this.isSentAway = false;
    this.#kept?.hold();
  }

  /** Sends what was kept. */
  releaseKept(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept === undefined) return;
    for (const text of kept.texts) this.#socket.sendEncoded(text);
    if (kept.lostCount === 0) return;
    const what = `${kept.lostCount} messages that came while the socket was gone`;
    this.tellError("data-lost", `Cannot deliver ${what}: more than ${this.#options.maxKeptBytes} bytes`);
  }

  /** The id of the next track that the client publishes, unique in the cluster: also among those that it published on other nodes. */
  nextTrackId(): string {
    this.#trackCount += 1;
    const { firstEpoch } = this.#options;
    return `${this.id}-${firstEpoch === 1 ? "t" : `e${firstEpoch}t`}${this.#trackCount}`;
  }

  tell(message: ServerMessage): void {
    this.#options.onTold(message);
    if (this.#kept === undefined || this.#kept.isHeld) this.#socket.send(message);
    // Descriptions are made anew; a candidate and a farewell are said once.
    else if (message.type === "candidate" || message.type === "bye") this.#kept.add(JSON.stringify(message));
  }

  /** Tells what is encoded already, since others are told the same. `isKept`: it waits for a socket when there is none. */
  tellEncoded(text: string, { isKept }: { readonly isKept: boolean }): void {
    if (!text.startsWith('{"type":"data"') && !text.startsWith('{"type":"speakers"')) this.#options.onTextTold(text);
    if (this.#kept === undefined) this.#socket.sendEncoded(text);
    else if (isKept) this.#kept.add(text);
    else if (this.#kept.isHeld) this.#socket.sendEncoded(text);
  }

  tellError(code: ErrorCode, message: string, ref?: Ref | null): void {
    this.#options.onErrorTold(code, message);
    this.tell({ type: "error", code, message, ...(ref === undefined || ref === null ? {} : { ref }) });
  }

  closeSocket(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
