import type { ClientMessage } from "../protocol/client_message.ts";
import type { Ref } from "../protocol/ref.ts";
import type { ServerMessage } from "../protocol/server_message.ts";
import { errorCodes } from "../protocol/signalbox_error.ts";
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

const replacedCode = errorCodes.replaced.closeCode;

/** Clients that move do so no further apart than this, in milliseconds. Ours. */
export const maxMovePauseMs = 250;

/** A socket of this node whose session is on another one. */
interface LentSocket {
  readonly socket: SignallingSocket;
  readonly link: SignallingLink;
  /** What its client comes back to its session with. */
  readonly token: string;
  /** Its session has said something to it. */
  isAnswered: boolean;
  isSentAway: boolean;
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
  #emptied: PromiseWithResolvers<void> | undefined;
  /** On the clock of `performance.now`; undefined while clients may stay. */
  #moveDeadlineMs: number | undefined;

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
    const lent: LentSocket = { socket, link, token, isAnswered: false, isSentAway: false };
    this.#lent.set(socket, lent);
    this.#table.add(lent);
    const request = { token, address: socket.remoteAddress, ...(ref === null ? {} : { ref }) };
    link.publish({ ...link.head, type: "attach", ...request });
  }

  /**
   * Has the clients come back to their sessions by other nodes, one after the other over `spreadMs`; resolves when none is left. Whoever does
   * not go stays.
   */
  async moveAll({ deadlineMs, spreadMs }: { readonly deadlineMs: number; readonly spreadMs: number }): Promise<void> {
    this.#moveDeadlineMs = performance.now() + deadlineMs;
    const pauseMs = Math.min(maxMovePauseMs, spreadMs / Math.max(1, this.#lent.size));
    const endings = [...this.#lent.values()].map((lent, index) =>
      this.#cluster.after(index * pauseMs, () => this.#sendOn(lent)),
    );
    if (this.#lent.size > 0) {
      this.#emptied ??= Promise.withResolvers();
      await this.#emptied.promise;
    }
    for (const end of endings) end();
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
      if (lent.isSentAway && head.code === replacedCode) {
        // Its client has another one, as it was told to get, and closes this one itself.
        this.#table.delete(lent);
        link.close();
        return;
      }
      this.#return(lent);
      socket.close(head.code, head.reason);
      return;
    }
    const text = link.take(head, body);
    if (text === undefined) return;
    if (head.type === "text") {
      if (lent.isSentAway && isReplacement(text)) return;
      socket.sendEncoded(text);
      lent.isAnswered = true;
      this.#sendOn(lent);
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
    if (this.#lent.size > 0) return;
    this.#emptied?.resolve();
    this.#emptied = undefined;
  }

  /** Its session stays where it is: the client only needs another way to it. */
  #sendOn(lent: LentSocket): void {
    const { socket, token, isAnswered, isSentAway } = lent;
    if (this.#moveDeadlineMs === undefined || !isAnswered || isSentAway || this.#lent.get(socket) !== lent) return;
    lent.isSentAway = true;
    const deadline = Math.max(0, Math.round(this.#moveDeadlineMs - performance.now()));
    socket.send({ type: "migrate", resume: token, deadline });
  }

  #disown(origin: string, socketId: string): void {
    const { bus, subjects, nodes } = this.#cluster;
    const frame = { v: 1, from: nodes.origin, socket: socketId, type: "closed", code: closeCodes.abnormal } as const;
    bus.publish(subjects.node(origin, "home"), encodeSignallingFrame(frame));
  }
}

/** The word that comes before the end of a socket whose session another one has. */
function isReplacement(text: string): boolean {
  return (
    text.startsWith('{"type":"peer-left"') && (JSON.parse(text) as { readonly reason?: string }).reason === "replaced"
  );
}

function readError(text: string): ServerMessage | undefined {
  try {
    const value = JSON.parse(text) as Partial<ServerMessage> | null;
    return value?.type === "error" ? (value as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
