import type { ServerMessage } from "../protocol/server_message.ts";
import type { SignallingSocket } from "./ports.ts";
import type { SignallingLink } from "./signalling_link.ts";

export interface RemoteSocketOptions {
  readonly link: SignallingLink;
  readonly remoteAddress: string;
  /** It is closed by this side; called once. */
  readonly onClosed: (socket: RemoteSocket, code: number) => void;
}

/** A client's socket on another node, as the node with the client's session sees it. A client that is slow is closed by its edge. */
export class RemoteSocket implements SignallingSocket {
  readonly id: string;
  readonly remoteAddress: string;
  readonly link: SignallingLink;
  readonly #onClosed: RemoteSocketOptions["onClosed"];
  #isClosed = false;

  constructor({ link, remoteAddress, onClosed }: RemoteSocketOptions) {
    this.id = link.socketId;
    this.remoteAddress = remoteAddress;
    this.link = link;
    this.#onClosed = onClosed;
  }

  send(message: ServerMessage): void {
    this.link.send(message.type === "error" ? "error" : "text", JSON.stringify(message));
  }

  sendEncoded(text: string): void {
    this.link.send("text", text);
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.link.publish({ ...this.link.head, type: "close", code, reason });
    this.link.close();
    this.#onClosed(this, code);
  }

  /** It is gone. */
  end(): void {
    this.#isClosed = true;
    this.link.close();
  }
}
