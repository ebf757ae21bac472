import { ClientMessageError, parseClientMessage } from "../protocol/client_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import {
  encodeSignallingFrame,
  type HomeFrame,
  type HomeFrames,
  parseHomeFrame,
} from "../protocol/signalling_frame.ts";
import type { BusSubscription } from "./bus.ts";
import type { Cluster } from "./cluster.ts";
import { LinkTable } from "./link_table.ts";
import type { Logger } from "./logger.ts";
import type { SignallingListener } from "./ports.ts";
import { RemoteSocket } from "./remote_socket.ts";
import { SignallingLink } from "./signalling_link.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** Registered for a connection that broke (RFC 6455, 7.4.1), and for a server to come back to (IANA). */
const closeCodes = { abnormal: 1006, serviceRestart: 1012, internalError: 1011 } as const;

export interface RemoteSocketsOptions {
  readonly cluster: Cluster;
  /** Told of what comes from sockets that were attached, as an edge tells of its own. */
  readonly listener: Pick<SignallingListener, "messageReceived" | "socketClosed">;
  /** Gives a socket the session that its client comes back to; what it throws as a `SignalboxError` is told to the client. */
  readonly attach: (socket: RemoteSocket, request: HomeFrames["attach"]) => void;
  readonly log: Logger;
}

/** The sockets on other nodes whose sessions are on this one: their home's end. */
export class RemoteSockets {
  readonly #options: RemoteSocketsOptions;
  readonly #table: LinkTable<RemoteSocket>;
  readonly #subscription: BusSubscription;
  readonly #unread: UnreadMessages;

  constructor(options: RemoteSocketsOptions) {
    this.#options = options;
    const { cluster, log } = options;
    const { bus, subjects, nodes } = cluster;
    this.#unread = new UnreadMessages(log);
    this.#table = new LinkTable({
      cluster,
      end: "edge",
      onUnknown: (origin, socket) => this.#closeUnknown(origin, socket),
    });
    this.#subscription = bus.subscribe(subjects.node(nodes.origin, "home"), (payload, subject) => {
      const frame = parseHomeFrame(payload);
      if (frame === undefined) this.#unread.note(subject);
      else this.#received(frame.head, frame.body);
    });
  }

  stop(): void {
    this.#subscription.unsubscribe();
    this.#table.stop();
  }

  #received(head: HomeFrame, body: Uint8Array): void {
    if (head.type === "held") {
      this.#table.check(head);
      return;
    }
    const socket = this.#table.get(head.from, head.socket);
    if (head.type === "attach") {
      if (socket === undefined) this.#attach(head);
      return;
    }
    if (socket === undefined) {
      if (head.type === "message") this.#closeUnknown(head.from, head.socket);
      return;
    }
    if (head.type === "closed") this.#lose(socket, head.code);
    else this.#guard(socket, () => this.#deliver(socket, head, body));
  }

  #attach(request: HomeFrames["attach"]): void {
    const { from: origin, socket: socketId, address } = request;
    const link = new SignallingLink({
      cluster: this.#options.cluster,
      origin,
      end: "edge",
      socketId,
      onBroken: (why) => {
        this.#options.log.info("remote socket lost", { socket: socketId, origin, why });
        // Should its edge still hear us. What this side does not know of, it drops.
        socket.link.publish({ ...link.head, type: "close", code: closeCodes.serviceRestart, reason: why });
        this.#lose(socket, closeCodes.abnormal);
      },
    });
    const socket = new RemoteSocket({
      link,
      remoteAddress: address,
      // Later, as an edge does, since the listener may be what closes it.
      onClosed: (closed, code) => queueMicrotask(() => this.#lose(closed, code)),
    });
    this.#table.add(socket);
    this.#guard(socket, () => {
      try {
        this.#options.attach(socket, request);
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error;
        const { code, message } = error;
        socket.send({ type: "error", code, message, ...(request.ref === undefined ? {} : { ref: request.ref }) });
        socket.close(closeCodes.serviceRestart, code);
      }
    });
  }

  #deliver(socket: RemoteSocket, head: HomeFrames["message"], body: Uint8Array): void {
    const text = socket.link.take(head, body);
    if (text === undefined) return;
    try {
      // Its edge has read it already; but an edge of a newer version may know more messages.
      this.#options.listener.messageReceived(socket, parseClientMessage(text));
    } catch (error) {
      if (!(error instanceof ClientMessageError)) throw error;
      const { code, message, ref } = error;
      socket.send({ type: "error", code, message, ...(ref === undefined ? {} : { ref }) });
    }
  }

  #lose(socket: RemoteSocket, code: number): void {
    if (this.#table.get(socket.link.origin, socket.id) !== socket) return;
    this.#table.delete(socket);
    socket.end();
    this.#guard(socket, () => this.#options.listener.socketClosed(socket, { code }));
  }

  /** The boundary: a fault of the listener ends this socket and no other. */
  #guard(socket: RemoteSocket, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.log.error("signalling from another node failed", { socket: socket.id, error });
      socket.close(closeCodes.internalError, "internal-error");
    }
  }

  #closeUnknown(origin: string, socketId: string): void {
    const { bus, subjects, nodes } = this.#options.cluster;
    const frame = {
      v: 1,
      from: nodes.origin,
      socket: socketId,
      type: "close",
      code: closeCodes.serviceRestart,
      reason: "unknown-there",
    } as const;
    bus.publish(subjects.node(origin, "edge"), encodeSignallingFrame(frame));
  }
}
