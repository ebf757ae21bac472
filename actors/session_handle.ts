import type { Ref } from "../protocol/ref.ts";
import type { ServerMessage } from "../protocol/server_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { Session } from "./application.ts";
import type { PeerMedia } from "./peer_media.ts";
import type { SignallingSocket } from "./ports.ts";

/** What a close frame has room for beside the code (RFC 6455, 5.5). */
const maxReasonBytes = 123;

export interface SessionHandleOptions {
  readonly close: (reason: string) => void;
  readonly onErrorTold: (code: ErrorCode, message: string) => void;
}

/** A client as the application and the actors see it. */
export class SessionHandle implements Session {
  readonly id: string;
  readonly remoteAddress: string;
  onclose: (() => void) | null = null;
  /** Of the newest peer connection, open or closed; null before there was one. */
  media: PeerMedia | null = null;
  #trackCount = 0;
  readonly #socket: SignallingSocket;
  readonly #options: SessionHandleOptions;

  constructor(socket: SignallingSocket, options: SessionHandleOptions) {
    this.id = socket.id;
    this.remoteAddress = socket.remoteAddress;
    this.#socket = socket;
    this.#options = options;
  }

  close(reason = ""): void {
    const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(maxReasonBytes));
    this.#options.close(reason.slice(0, read));
  }

  /** The id of the next track that the client publishes, unique in the cluster. */
  nextTrackId(): string {
    this.#trackCount += 1;
    return `${this.id}-t${this.#trackCount}`;
  }

  tell(message: ServerMessage): void {
    this.#socket.send(message);
  }

  /** Tells what is encoded already, since others are told the same. */
  tellEncoded(text: string): void {
    this.#socket.sendEncoded(text);
  }

  tellError(code: ErrorCode, message: string, ref?: Ref | null): void {
    this.#options.onErrorTold(code, message);
    this.tell({ type: "error", code, message, ...(ref === undefined || ref === null ? {} : { ref }) });
  }

  closeSocket(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
