import { SignalboxError } from "../protocol/signalbox_error.ts";

// The bus of the cluster as the actors see it. `transport/bus/` implements it; one contract suite runs on all implementations.

/** Whether others can be reached now: not yet, yes, not any more (for a while), never again. */
export type BusLinkState = "connecting" | "connected" | "reconnecting" | "closed";

/** The link at one moment. */
export interface BusLink {
  readonly state: BusLinkState;
  /** Why it is not connected, in words for operators; empty when it is. Holds no secret. */
  readonly reason: string;
}

/**
 * Called synchronously in the order of arrival, many times within one turn of the event loop; nothing waits for what it returns. What
 * it throws is reported and keeps nobody else from anything.
 *
 * @param payload read only, since other handlers get the same bytes; it may be kept, but is a view of a larger chunk, so who keeps a
 *   small one for long copies it, by `Uint8Array.from`: it may be a Node `Buffer`, whose `slice` copies nothing
 * @param subject as it was published, never a pattern
 * @param reply where `Bus.respond` answers, for a message that is a request; empty for any other
 */
export type BusHandler = (payload: Uint8Array, subject: string, reply: string) => void;

/** A wish to hear of a subject. */
export interface BusSubscription {
  /** Nothing is delivered from now on, not even what has arrived already. May be called twice. */
  unsubscribe(): void;
}

/** How long an answer is waited for. */
export interface BusRequestOptions {
  readonly timeoutMs: number;
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Messages since the start. */
export interface BusCounts {
  readonly published: number;
  readonly delivered: number;
  /** Published while nobody could be reached, or while more waited to be sent than may: nobody got them. */
  readonly dropped: number;
}

/**
 * Carries bytes between the nodes of a cluster; at most once, and in order for each publisher and subject.
 *
 * Subjects are tokens joined by dots (`protocol/subjects.ts` makes them); in a subscription `*` stands for one token and `>` at the end
 * for one or more. **A bus tells the others, never itself**: its own subscriptions get nothing of what it publishes or requests.
 * Nothing is delivered from within a call of one of its methods.
 */
export interface Bus {
  readonly link: BusLink;
  readonly counts: BusCounts;
  /** Longest payload that `publish`, `request` and `respond` take; constant while connected. */
  readonly maxPayloadBytes: number;
  /**
   * Tells whoever subscribed. Dropped, and counted, while the link is not connected: whoever relies on messages numbers them and asks
   * for what is missing. The bytes are the caller's again when the current turn of the event loop is over, microtasks included.
   *
   * @throws {SignalboxError} `payload-too-large`
   * @throws {TypeError} for what is no subject
   */
  publish(subject: string, payload: Uint8Array): void;
  /**
   * May be called at any time; what is subscribed before the link is connected, or while it is cut, counts from then on. After `close` it
   * does nothing.
   *
   * @param pattern a subject, or one with wildcards
   * @throws {TypeError} for what is neither
   */
  subscribe(pattern: string, handler: BusHandler): BusSubscription;
  /**
   * Asks whoever subscribed, and takes the first answer. The bytes as in `publish`.
   *
   * @throws {SignalboxError} `no-responders` at once when nobody subscribed (its own subscription, though it gets nothing, counts),
   *   `bus-timeout`, `bus-cut-off` when the link is not connected
   *   or is cut meanwhile (whether anyone did what was asked is then unknown), `bus-closed`, `payload-too-large`
   */
  request(subject: string, payload: Uint8Array, options: BusRequestOptions): Promise<Uint8Array>;
  /** Answers a request, by the `reply` that came with it. As `publish`; an empty `reply` is nothing. */
  respond(reply: string, payload: Uint8Array): void;
  /**
   * Resolves when the bus has all that was published and subscribed before. Where its servers are a cluster, those that others are
   * connected to know of a subscription a moment later.
   *
   * @throws {SignalboxError} `bus-cut-off` or `bus-closed`
   */
  flush(): Promise<void>;
  /**
   * Ends every subscription once what has arrived is delivered, sends what was published, and lets go of the link; waits for that, but
   * no longer than a bound. Requests under way reject with `bus-closed`. It never throws; the first call counts.
   */
  close(): Promise<void>;
  /** Calls `listener` at every change of `link`, never from within this call. @returns what ends that */
  watchLink(listener: (link: BusLink) => void): () => void;
}

/** What a bus refuses, in its words. */
export const busErrors = {
  noResponders: (subject: string) =>
    new SignalboxError("no-responders", `Cannot ask ${shown(subject)}: nobody subscribed to it`),
  timeout: (subject: string, timeoutMs: number) =>
    new SignalboxError("bus-timeout", `Cannot ask ${shown(subject)}: no answer within ${timeoutMs} ms`),
  cutOff: (what: string, reason: string) =>
    new SignalboxError("bus-cut-off", `Cannot ${what}: the bus is cut off${reason === "" ? "" : ` (${reason})`}`),
  closed: (what: string) => new SignalboxError("bus-closed", `Cannot ${what}: the bus is closed`),
  tooLarge: (subject: string, bytes: number, maxBytes: number) =>
    new SignalboxError(
      "payload-too-large",
      `Cannot publish ${bytes} bytes to ${shown(subject)}: the bus takes ${maxBytes}`,
    ),
};

function shown(subject: string): string {
  return JSON.stringify(subject.slice(0, 200));
}
