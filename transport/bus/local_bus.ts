import {
  type Bus,
  type BusCounts,
  type BusHandler,
  type BusLink,
  type BusRequestOptions,
  type BusSubscription,
  busErrors,
} from "../../actors/bus.ts";
import { LinkWatchers } from "./link_watchers.ts";
import type { LocalHub, LocalInterest } from "./local_hub.ts";
import { PendingRequests } from "./pending_requests.ts";
import { checkPattern, checkSubject } from "./subject_pattern.ts";

/** As NATS has it by default (`max_payload`), so that what works here works there. */
const maxPayloadBytes = 1_048_576;

/** What travels. */
export interface LocalMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply: string;
}

/** The bus of a node that runs alone, and of simulated clusters; made by `LocalHub.connect`. */
export class LocalBus implements Bus {
  readonly name: string;
  readonly maxPayloadBytes = maxPayloadBytes;
  readonly #hub: LocalHub;
  readonly #watchers: LinkWatchers;
  readonly #requests: PendingRequests;
  readonly #interests = new Set<LocalInterest>();
  readonly #inbox = `_INBOX.${crypto.randomUUID()}`;
  readonly #counts = { published: 0, delivered: 0, dropped: 0 };
  #hasInbox = false;
  #closing: Promise<void> | undefined;

  constructor(hub: LocalHub, name: string) {
    this.name = name;
    this.#hub = hub;
    this.#watchers = new LinkWatchers({ state: "connected", reason: "" }, hub.reportFault);
    this.#requests = new PendingRequests(hub.clock);
  }

  get link(): BusLink {
    return this.#watchers.link;
  }

  get counts(): BusCounts {
    return { ...this.#counts };
  }

  /** False while it is cut off or closed. */
  get isReachable(): boolean {
    return this.link.state === "connected";
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#send({ subject, payload, reply: "" });
  }

  subscribe(pattern: string, handler: BusHandler): BusSubscription {
    checkPattern(pattern);
    return this.#subscribe(pattern, (payload, subject, reply) => {
      this.#counts.delivered++;
      handler(payload, subject, reply);
    });
  }

  #subscribe(pattern: string, handler: BusHandler): BusSubscription {
    if (this.#closing !== undefined) return { unsubscribe: () => undefined };
    const interest = this.#hub.add(this, pattern, handler);
    this.#interests.add(interest);
    return {
      unsubscribe: () => {
        interest.isEnded = true;
        this.#interests.delete(interest);
        this.#hub.remove(interest);
      },
    };
  }

  async request(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<Uint8Array> {
    this.#check(subject, payload);
    if (this.#closing !== undefined) throw busErrors.closed(`ask ${JSON.stringify(subject)}`);
    this.#demandLink(`ask ${JSON.stringify(subject)}`);
    this.#openInbox();
    return await this.#requests.open(subject, options, (token) => {
      const isHeard = this.#send({ subject, payload, reply: `${this.#inbox}.${token}` });
      if (!isHeard) this.#hub.afterTurn(() => this.#requests.rejectUnanswered(token));
    });
  }

  respond(reply: string, payload: Uint8Array): void {
    if (reply !== "") this.publish(reply, payload);
  }

  async flush(): Promise<void> {
    this.#demandLink("flush");
    await new Promise<void>((resolve) => this.#hub.afterTurn(resolve));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  watchLink(listener: (link: BusLink) => void): () => void {
    return this.#watchers.watch(listener);
  }

  /** For simulations: nobody is reached and nothing arrives, what is under way included, until `mend`. */
  cutOff(reason = "cut off"): void {
    if (this.link.state === "closed") return;
    this.#watchers.set({ state: "reconnecting", reason });
    this.#requests.rejectAll((what) => busErrors.cutOff(what, reason));
  }

  /** For simulations: ends `cutOff`; what was lost stays lost. */
  mend(): void {
    if (this.link.state === "reconnecting") this.#watchers.set({ state: "connected", reason: "" });
  }

  /** For {@linkcode LocalHub}. */
  receive(interests: readonly LocalInterest[], { payload, subject, reply }: LocalMessage): void {
    if (!this.isReachable) return;
    for (const interest of interests) {
      if (interest.isEnded) continue;
      try {
        interest.handler(payload, subject, reply);
      } catch (error) {
        this.#hub.reportFault(error);
      }
    }
  }

  #send(message: LocalMessage): boolean {
    this.#check(message.subject, message.payload);
    if (!this.isReachable) {
      this.#counts.dropped++;
      return false;
    }
    this.#counts.published++;
    return this.#hub.send(this, message);
  }

  #check(subject: string, payload: Uint8Array): void {
    checkSubject(subject);
    if (payload.length > maxPayloadBytes) throw busErrors.tooLarge(subject, payload.length, maxPayloadBytes);
  }

  #demandLink(what: string): void {
    if (this.link.state === "closed") throw busErrors.closed(what);
    if (!this.isReachable) throw busErrors.cutOff(what, this.link.reason);
  }

  #openInbox(): void {
    if (this.#hasInbox) return;
    this.#hasInbox = true;
    const prefix = `${this.#inbox}.`;
    this.#subscribe(`${prefix}*`, (payload, subject) => this.#requests.resolve(subject.slice(prefix.length), payload));
  }

  async #close(): Promise<void> {
    this.#requests.rejectAll(busErrors.closed);
    for (const interest of this.#interests) this.#hub.remove(interest);
    await new Promise<void>((resolve) => this.#hub.afterTurn(resolve));
    for (const interest of this.#interests) interest.isEnded = true;
    this.#interests.clear();
    this.#watchers.set({ state: "closed", reason: "closed by the node" });
  }
}
