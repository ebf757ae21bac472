import type { ResumeClaim } from "../protocol/resume_claim.ts";
import { encodeSessionQuestion, parseSessionQuestion, type SessionQuestion } from "../protocol/session_question.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { BusSubscription } from "./bus.ts";
import type { Cluster } from "./cluster.ts";
import type { Logger } from "./logger.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** How long another node may take to say whether it has a session, and the link to the bus to be there. Ours. */
export const locateTimeoutMs = 2_000;

/** Many nodes may be back at the same time: what is claimed then is claimed once. Ours. */
const claimDelayMs = 100;

/** Where a session is: on a node, nowhere since it ended, or unknown since nobody answers for it. */
export type SessionPlace =
  | { readonly type: "found"; readonly origin: string }
  | { readonly type: "ended" }
  | { readonly type: "unknown"; readonly why: string };

export interface SessionDirectoryOptions {
  readonly cluster: Cluster;
  /** Of a session of this node that is in a room; undefined when there is none. */
  readonly epochOf: (sessionId: string) => number | undefined;
  /** A session of this node goes on elsewhere, under a higher epoch. */
  readonly onSuperseded: (sessionId: string) => void;
  readonly log: Logger;
}

/** Says to other nodes which sessions are on this one, finds those of others, and settles which one has a session that two have. */
export class SessionDirectory {
  readonly #options: SessionDirectoryOptions;
  readonly #listed = new Map<string, BusSubscription>();
  readonly #unread: UnreadMessages;
  readonly #ends: (() => void)[];
  #answers: BusSubscription | undefined;
  #cancelClaims: (() => void) | undefined;

  constructor(options: SessionDirectoryOptions) {
    this.#options = options;
    const { bus, subjects, nodes } = options.cluster;
    this.#unread = new UnreadMessages(options.log);
    this.#answers = bus.subscribe(subjects.node(nodes.origin, "sessions"), (payload, subject, reply) => {
      const question = this.#read(payload, subject);
      if (question?.type === "locate") this.#answer(reply, question.session);
    });
    // Whoever could not be reached may have taken up sessions of this node, or this one theirs.
    this.#ends = [
      bus.watchLink(({ state }) => {
        if (state === "connected") this.#claimSoon();
      }),
      nodes.watch({
        seen: (_, { isBack }) => {
          if (isBack) this.#claimSoon();
        },
      }),
    ];
  }

  /** A session of this node is in a room from now on. */
  list(sessionId: string): void {
    const { bus, subjects } = this.#options.cluster;
    if (this.#listed.has(sessionId)) return;
    const subscription = bus.subscribe(subjects.session(sessionId, "resume"), (payload, subject, reply) => {
      const question = this.#read(payload, subject);
      if (question?.type === "locate") this.#answer(reply, sessionId);
      else if (question?.type === "claim") this.#settle(sessionId, question);
    });
    this.#listed.set(sessionId, subscription);
  }

  unlist(sessionId: string): void {
    this.#listed.get(sessionId)?.unsubscribe();
    this.#listed.delete(sessionId);
  }

  /** Tells the others that this node has a session: whoever has it under a lower epoch lets it go. */
  claim(sessionId: string): void {
    const { cluster, epochOf } = this.#options;
    const { bus, subjects, nodes } = cluster;
    const epoch = epochOf(sessionId);
    if (epoch === undefined) return;
    bus.publish(subjects.session(sessionId, "resume"), encodeSessionQuestion("claim", { origin: nodes.origin, epoch }));
  }

  /** Sessions that end from now on end with this node: they may be taken up elsewhere. */
  stopAnswering(): void {
    this.#answers?.unsubscribe();
    this.#answers = undefined;
  }

  stop(): void {
    this.stopAnswering();
    for (const sessionId of [...this.#listed.keys()]) this.unlist(sessionId);
    for (const end of this.#ends) end();
    this.#cancelClaims?.();
  }

  /** Asks whoever has a session; where nobody does, the node that had it when the claim was signed, which knows whether it ended. */
  async find({ session, node }: Pick<ResumeClaim, "session" | "node">): Promise<SessionPlace> {
    const { subjects, nodes } = this.#options.cluster;
    try {
      await this.#awaitLink();
      const holder = await this.#ask(subjects.session(session, "resume"), session);
      if (holder !== undefined) return holder;
      if (node === nodes.origin) return { type: "ended" };
      const home = await this.#ask(subjects.node(node, "sessions"), session);
      return home ?? { type: "unknown", why: "its node is gone" };
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
      return { type: "unknown", why: error.code };
    }
  }

  /** Undefined when there is nobody to ask. */
  async #ask(subject: string, session: string): Promise<SessionPlace | undefined> {
    const question = encodeSessionQuestion("locate", { session });
    try {
      const payload = await this.#options.cluster.bus.request(subject, question, { timeoutMs: locateTimeoutMs });
      const answer = this.#read(payload, subject);
      if (answer?.type !== "located") return { type: "unknown", why: "its node speaks another version" };
      return answer.isHere ? { type: "found", origin: answer.origin } : { type: "ended" };
    } catch (error) {
      if (error instanceof SignalboxError && error.code === "no-responders") return undefined;
      throw error;
    }
  }

  /** Resolves when the bus is there, or when it has been waited for long enough. */
  async #awaitLink(): Promise<void> {
    const { bus, after } = this.#options.cluster;
    if (bus.link.state === "connected") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopWaiting = after(locateTimeoutMs, resolve);
    const unwatch = bus.watchLink(({ state }) => {
      if (state === "connected" || state === "closed") resolve();
    });
    await promise;
    stopWaiting();
    unwatch();
  }

  #answer(reply: string, sessionId: string): void {
    const { cluster, epochOf } = this.#options;
    const isHere = epochOf(sessionId) !== undefined;
    const answer = encodeSessionQuestion("located", { origin: cluster.nodes.origin, isHere });
    cluster.bus.respond(reply, answer);
  }

  #settle(sessionId: string, { origin, epoch }: Extract<SessionQuestion, { readonly type: "claim" }>): void {
    const { cluster, epochOf, onSuperseded } = this.#options;
    const ours = epochOf(sessionId);
    if (ours === undefined) return;
    const isOurs = ours === epoch ? cluster.nodes.origin > origin : ours > epoch;
    if (isOurs) this.claim(sessionId);
    else onSuperseded(sessionId);
  }

  #claimSoon(): void {
    this.#cancelClaims ??= this.#options.cluster.after(claimDelayMs, () => {
      this.#cancelClaims = undefined;
      for (const sessionId of this.#listed.keys()) this.claim(sessionId);
    });
  }

  #read(payload: Uint8Array, subject: string): SessionQuestion | undefined {
    const question = parseSessionQuestion(payload);
    if (question === undefined) this.#unread.note(subject);
    return question;
  }
}
