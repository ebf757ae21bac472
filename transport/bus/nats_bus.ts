import { type Msg, type NatsConnection, NatsError, type Subscription } from "nats";
import {
  type Bus,
  type BusCounts,
  type BusHandler,
  type BusLink,
  type BusRequestOptions,
  type BusSubscription,
  busErrors,
} from "../../actors/bus.ts";
import { createBusLinkActor } from "../../actors/bus_link_actor.ts";
import type { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { Logger } from "../../actors/logger.ts";
import type { BusLinkTimeouts } from "../../machines/bus_link_machine.ts";
import { LinkWatchers } from "./link_watchers.ts";
import { type NatsAccess, NatsDialer } from "./nats_dialer.ts";
import { watchConnection } from "./nats_events.ts";
import { PendingRequests } from "./pending_requests.ts";
import { processClock } from "./process_clock.ts";
import { SendWindow } from "./send_window.ts";
import { checkPattern, checkSubject, isLiteral } from "./subject_pattern.ts";

const defaultTimeouts: BusLinkTimeouts = { firstRetryMs: 100, maxRetryMs: 5_000, closeTimeoutMs: 2_000 };
/** Of a server that did not say otherwise (its `max_payload`). */
const defaultMaxPayloadBytes = 1_048_576;
/** What may be on its way to the server. Ours: seconds of the media of a busy node, and memory that a node can spare. */
const maxUnconfirmedBytes = 16_777_216;
/** Of a request that nobody subscribed to (NATS protocol, "no responders"). */
const noRespondersStatus = 503;

export interface NatsBusOptions extends NatsAccess {
  /** What NATS' monitoring calls us. */
  readonly name: string;
  readonly inboxPrefix: string;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  readonly timeouts?: BusLinkTimeouts;
  readonly maxUnconfirmedBytes?: number;
}

interface Interest {
  readonly pattern: string;
  readonly deliver: (message: Msg) => void;
  /** That of the connection there is. */
  subscription: Subscription | undefined;
  isEnded: boolean;
}

/** The bus on NATS. It looks for a server from the start, and again whenever it loses one, until it is closed. */
export class NatsBus implements Bus {
  readonly #log: Logger;
  readonly #dialer: NatsDialer;
  readonly #watchers: LinkWatchers;
  readonly #requests = new PendingRequests(processClock);
  readonly #interests = new Set<Interest>();
  readonly #inbox: string;
  readonly #window: SendWindow;
  readonly #counts = { published: 0, delivered: 0, dropped: 0 };
  readonly #link: ReturnType<typeof createBusLinkActor>;
  /** While the link is connected. */
  #connection: NatsConnection | undefined;
  #maxPayloadBytes = defaultMaxPayloadBytes;
  #hasInbox = false;
  #closing: Promise<void> | undefined;

  constructor(options: NatsBusOptions) {
    const { name, inboxPrefix, log } = options;
    this.#log = log;
    this.#inbox = `${inboxPrefix}.${crypto.randomUUID()}`;
    this.#dialer = new NatsDialer(options, { name, inboxPrefix, random: Math.random });
    this.#window = new SendWindow(options.maxUnconfirmedBytes ?? maxUnconfirmedBytes);
    this.#watchers = new LinkWatchers({ state: "connecting", reason: "not reached yet" }, (error) =>
      this.#fault(error),
    );
    this.#link = createBusLinkActor({
      timeouts: options.timeouts ?? defaultTimeouts,
      log,
      recorder: options.recorder,
      random: Math.random,
      dial: () => this.#dial(),
      hangUp: () => this.#hangUp(),
      linkChanged: (link) => this.#watchers.set(link),
    });
    this.#link.start();
  }

  get link(): BusLink {
    return this.#watchers.link;
  }

  get counts(): BusCounts {
    return { ...this.#counts };
  }

  get maxPayloadBytes(): number {
    return this.#maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#check(subject, payload);
    this.#send(subject, payload);
  }

  subscribe(pattern: string, handler: BusHandler): BusSubscription {
    checkPattern(pattern);
    // What is known already is not decoded again for each message.
    const literal = isLiteral(pattern) ? pattern : undefined;
    return this.#subscribe(pattern, (message) => {
      this.#counts.delivered++;
      handler(message.data, literal ?? message.subject, message.reply ?? "");
    });
  }

  async request(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<Uint8Array> {
    this.#check(subject, payload);
    this.#demandLink(`ask ${JSON.stringify(subject)}`);
    this.#openInbox();
    return await this.#requests.open(subject, options, (token) => {
      const isSent = this.#send(subject, payload, `${this.#inbox}.${token}`);
      if (!isSent) throw busErrors.cutOff(`ask ${JSON.stringify(subject)}`, "too much waits to be sent");
    });
  }

  respond(reply: string, payload: Uint8Array): void {
    if (reply !== "") this.publish(reply, payload);
  }

  async flush(): Promise<void> {
    const connection = this.#demandLink("flush");
    try {
      await connection.flush();
    } catch {
      throw this.link.state === "closed" ? busErrors.closed("flush") : busErrors.cutOff("flush", "lost meanwhile");
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  watchLink(listener: (link: BusLink) => void): () => void {
    return this.#watchers.watch(listener);
  }

  async #close(): Promise<void> {
    const connection = this.#connection;
    const closed = new Promise<void>((resolve) => this.#link.subscribe({ complete: resolve }));
    this.#dialer.end();
    this.#requests.rejectAll(busErrors.closed);
    this.#link.send({ type: "link.closeRequested", reason: "closed by the node" });
    await closed;
    this.#connection = undefined;
    for (const interest of this.#interests) interest.isEnded = true;
    this.#interests.clear();
    // Where not all could be sent in time.
    await connection?.close();
  }

  async #dial(): Promise<void> {
    const connection = await this.#dialer.dial();
    if (this.#closing !== undefined) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    this.#window.reset(connection);
    this.#dialer.noteServers(connection);
    this.#maxPayloadBytes = connection.info?.max_payload ?? defaultMaxPayloadBytes;
    for (const interest of this.#interests) this.#attach(interest, connection);
    this.#log.info("bus connected", { server: connection.getServer() });
    watchConnection(connection, {
      serversChanged: () => this.#dialer.noteServers(connection),
      refused: (operation, subject) =>
        this.#log.error("bus refused by the server's permissions", { operation, subject }),
      failed: (what) => this.#log.warn("bus error told by the server", { error: what }),
      lost: (reason) => this.#lose(connection, reason),
    });
  }

  #lose(connection: NatsConnection, reason: string): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    for (const interest of this.#interests) interest.subscription = undefined;
    // It may be stuck: nothing waits for it.
    void connection.close();
    if (this.#closing !== undefined) return;
    this.#log.warn("bus cut off", { server: connection.getServer(), reason });
    this.#link.send({ type: "link.lost", reason, jitter: Math.random() });
    this.#requests.rejectAll((what) => busErrors.cutOff(what, reason));
  }

  async #hangUp(): Promise<void> {
    try {
      await this.#connection?.drain();
    } catch (error) {
      // Closed a moment ago: what was to be sent is lost with it.
      if (!(error instanceof NatsError)) throw error;
    }
  }

  #subscribe(pattern: string, deliver: (message: Msg) => void): BusSubscription {
    if (this.#closing !== undefined) return { unsubscribe: () => undefined };
    const interest: Interest = { pattern, deliver, subscription: undefined, isEnded: false };
    this.#interests.add(interest);
    if (this.#connection !== undefined) this.#attach(interest, this.#connection);
    return {
      unsubscribe: () => {
        if (interest.isEnded) return;
        interest.isEnded = true;
        this.#interests.delete(interest);
        interest.subscription?.unsubscribe();
      },
    };
  }

  #attach(interest: Interest, connection: NatsConnection): void {
    const callback = (error: NatsError | null, message: Msg) => {
      // An error is one of permissions, which watchConnection tells.
      if (error !== null || interest.isEnded) return;
      try {
        interest.deliver(message);
      } catch (fault) {
        this.#fault(fault);
      }
    };
    try {
      interest.subscription = connection.subscribe(interest.pattern, { callback });
    } catch (error) {
      // Closed a moment ago, and about to be told: it is attached to the next one.
      if (!(error instanceof NatsError)) throw error;
    }
  }

  #openInbox(): void {
    if (this.#hasInbox) return;
    this.#hasInbox = true;
    const prefix = `${this.#inbox}.`;
    this.#subscribe(`${prefix}*`, ({ subject, data, headers }) => {
      const token = subject.slice(prefix.length);
      if (headers?.code === noRespondersStatus && data.length === 0) this.#requests.rejectUnanswered(token);
      else this.#requests.resolve(token, data);
    });
  }

  /** False when it was dropped. */
  #send(subject: string, payload: Uint8Array, reply?: string): boolean {
    const connection = this.#connection;
    if (connection === undefined || !this.#window.take(subject.length + payload.length)) {
      this.#counts.dropped++;
      return false;
    }
    try {
      connection.publish(subject, payload, reply === undefined ? undefined : { reply });
    } catch (error) {
      // Closed a moment ago, and about to be told.
      if (!(error instanceof NatsError)) throw error;
      this.#counts.dropped++;
      return false;
    }
    this.#counts.published++;
    return true;
  }

  #check(subject: string, payload: Uint8Array): void {
    checkSubject(subject);
    if (payload.length > this.#maxPayloadBytes) {
      throw busErrors.tooLarge(subject, payload.length, this.#maxPayloadBytes);
    }
  }

  #demandLink(what: string): NatsConnection {
    if (this.#closing !== undefined) throw busErrors.closed(what);
    if (this.#connection === undefined) throw busErrors.cutOff(what, this.link.reason);
    return this.#connection;
  }

  #fault(error: unknown): void {
    this.#log.error("bus handler failed", { error });
  }
}
