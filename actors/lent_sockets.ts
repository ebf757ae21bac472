import type { ClientMessage } from "../protocol/client_message.ts";
import type { Ref } from "../protocol/ref.ts";
import type { ServerMessage } from "../protocol/server_message.ts";
import { type EdgeFrame, encodeSignallingFrame, parseEdgeFrame } from "../protocol/signalling_frame.ts";
import type { BusSubscription } from "./bus.ts";
import type { Cluster } from "./cluster.ts";
import { LinkTable } from "./link_table.ts";
import type { Logger } from "./logger.ts";
import type { SignallingSocket } from "./ports.ts";
import { SignallingLink } from "./signalling_link.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** Registered for a connection that broke (RFC 6455, 7.4.1), and for a server to come back to (IANA). */
const closeCodes = { abnormal: 1006, serviceRestart: 1012 } as const;

/** A socket of this node whose session is on another one. */
interface LentSocket {
  readonly socket: SignallingSocket;
  readonly link: SignallingLink;
}

export interface LendOptions {
  /** The start of a node that has the session. */
  readonly origin: string;
  readonly token: string;
  readonly ref: Ref | null;
}

/** The sockets of this node whose sessions are on other ones: their edge's end. */
export class LentSockets {
  readonly #cluster: Cluster;
  readonly #log: Logger;
  readonly #table: LinkTable<LentSocket>;
  readonly #lent = new Map<SignallingSocket, LentSocket>();
  readonly #subscription: BusSubscription;
  readonly #unread: UnreadMessages;

  constructor({ cluster, log }: { readonly cluster: Cluster; readonly log: Logger }) {
    this.#cluster = cluster;
    this.#log = log;
    const { bus, subjects, nodes } = cluster;
    this.#unread = new UnreadMessages(log);
    this.#table = new LinkTable({
      cluster,
      end: "home",
      onUnknown: (origin, socketId) => this.#disown(origin, socketId),
    });
    this.#subscription = bus.subscribe(subjects.node(nodes.origin, "edge"), (payload, subject) => {
      const frame = parseEdgeFrame(payload);
      if (frame === undefined) this.#unread.note(subject);
      else this.#received(frame.head, frame.body);
    });
  }

  stop(): void {
    this.#subscription.unsubscribe();
    this.#table.stop();
  }

  /** From now on a socket is its session's on another node, which answers the client. */
  lend(socket: SignallingSocket, { origin, token, ref }: LendOptions): void {
    const link = new SignallingLink({
      cluster: this.#cluster,
      origin,
      end: "home",
      socketId: socket.id,
      onBroken: (why) => {
        this.#log.info("session on another node lost", { socket: socket.id, origin, why });
        this.#return(lent);
        link.publish({ ...link.head, type: "closed", code: closeCodes.abnormal });
        // The client comes back, to whoever has its session then.
        socket.close(closeCodes.serviceRestart, why);
      },
    });
    const lent = { socket, link };
    this.#lent.set(socket, lent);
    this.#table.add(lent);
    const request = { token, address: socket.remoteAddress, ...(ref === null ? {} : { ref }) };
    link.publish({ ...link.head, type: "attach", ...request });
  }

  /** A client said something. False when its session is none of another node. */
  messageReceived(socket: SignallingSocket, message: ClientMessage): boolean {
    const lent = this.#lent.get(socket);
    lent?.link.send("message", JSON.stringify(message));
    return lent !== undefined;
  }

  /** A socket is closed. False when its session is none of another node. */
  socketClosed(socket: SignallingSocket, code: number): boolean {
    const lent = this.#lent.get(socket);
    if (lent === undefined) return false;
    this.#return(lent);
    lent.link.publish({ ...lent.link.head, type: "closed", code });
    return true;
  }

  #received(head: EdgeFrame, body: Uint8Array): void {
    if (head.type === "held") {
      this.#table.check(head);
      return;
    }
    const lent = this.#table.get(head.from, head.socket);
    if (lent === undefined) {
      if (head.type !== "close") this.#disown(head.from, head.socket);
      return;
    }
    const { socket, link } = lent;
    if (head.type === "close") {
      this.#return(lent);
      socket.close(head.code, head.reason);
      return;
    }
    const text = link.take(head, body);
    if (text === undefined) return;
    if (head.type === "text") {
      socket.sendEncoded(text);
      return;
    }
    // It counts towards the limit of the socket.
    const error = readError(text);
    if (error === undefined) link.break("unreadable");
    else socket.send(error);
  }

  #return(lent: LentSocket): void {
    this.#table.delete(lent);
    this.#lent.delete(lent.socket);
    lent.link.close();
  }

  #disown(origin: string, socketId: string): void {
    const { bus, subjects, nodes } = this.#cluster;
    const frame = { v: 1, from: nodes.origin, socket: socketId, type: "closed", code: closeCodes.abnormal } as const;
    bus.publish(subjects.node(origin, "home"), encodeSignallingFrame(frame));
  }
}

function readError(text: string): ServerMessage | undefined {
  try {
    const value = JSON.parse(text) as Partial<ServerMessage> | null;
    return value?.type === "error" ? (value as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
