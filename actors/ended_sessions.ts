import {
  type EndedLists,
  type EndedSession,
  encodeEnded,
  encodeEndedQuestion,
  parseEnded,
} from "../protocol/ended_sessions.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { BusSubscription } from "./bus.ts";
import type { Cluster } from "./cluster.ts";
import type { Logger } from "./logger.ts";
import type { ResumeTokens } from "./ports.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** Of each kind, so that who comes and goes drives nobody out of memory who was put out. Ours. */
const maxRemembered = 10_000;
/** All that a node remembers is told in one message, as long as NATS takes it by default. Ours. */
const maxAnswerBytes = 1_000_000;
/** Who is asked by a node that knows nothing: one may be as new as itself. Ours. */
const maxAsked = 3;
const answerTimeoutMs = 2_000;

/** Why a session was ended for good: the server put its client out, or the client left. */
export type EndReason = keyof EndedLists;

export interface EndedSessionsOptions {
  readonly cluster: Cluster;
  readonly tokens: Pick<ResumeTokens, "now" | "lifetimeMs">;
  readonly log: Logger;
}

type Remembered = Map<string, Omit<EndedSession, "session">>;

/**
 * Which sessions were ended for good, on whichever node: a token of before, of a node that sent its client on or is gone, brings nobody back.
 * Every node remembers all of them until the tokens have run out, so it does not matter which nodes are gone.
 */
export class EndedSessions {
  readonly #options: EndedSessionsOptions;
  /** The latest last. */
  readonly #sessions: Readonly<Record<EndReason, Remembered>> = { kicked: new Map(), left: new Map() };
  /** What others could not be told yet. */
  readonly #untold: Record<EndReason, EndedSession[]> = { kicked: [], left: [] };
  readonly #unread: UnreadMessages;
  readonly #ends: readonly (() => void)[];
  #askedCount = 0;

  constructor(options: EndedSessionsOptions) {
    this.#options = options;
    const { bus, subjects, nodes } = options.cluster;
    this.#unread = new UnreadMessages(options.log);
    const subscriptions: BusSubscription[] = [
      bus.subscribe(subjects.cluster("ended"), (payload, subject) => this.#hear(payload, subject)),
      bus.subscribe(subjects.node(nodes.origin, "ended"), (payload, subject, reply) => {
        if (parseEnded(payload) === "ask") bus.respond(reply, encodeEnded(this.#all(), this.#maxBytes));
        else this.#unread.note(subject);
      }),
    ];
    this.#ends = [
      ...subscriptions.map((subscription) => () => subscription.unsubscribe()),
      nodes.watch({ seen: ({ origin }, { isBack }) => this.#ask(origin, { isBack }) }),
      bus.watchLink(({ state }) => {
        if (state === "connected") this.#linkRestored();
      }),
    ];
  }

  /** A session of this node ended for good, with its epoch. All nodes are told. */
  note(session: string, { epoch, reason }: { readonly epoch: number; readonly reason: EndReason }): void {
    const { cluster, tokens } = this.#options;
    const ended = { session, epoch, untilMs: tokens.now() + tokens.lifetimeMs };
    this.#remember(reason, ended);
    const untold = this.#untold[reason];
    untold.push(ended);
    if (cluster.bus.link.state === "connected") this.#tell();
    else if (untold.length > maxRemembered) untold.splice(0, maxRemembered / 2);
  }

  /** Whether a session that was claimed under an epoch was ended since. */
  has(session: string, epoch: number): boolean {
    const nowMs = this.#options.tokens.now();
    return Object.values(this.#sessions).some((sessions) => {
      const ended = sessions.get(session);
      return ended !== undefined && epoch <= ended.epoch && ended.untilMs >= nowMs;
    });
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  get #maxBytes(): number {
    return Math.min(maxAnswerBytes, this.#options.cluster.bus.maxPayloadBytes);
  }

  #linkRestored(): void {
    this.#tell();
    this.#askedCount = 0;
    for (const { origin } of this.#options.cluster.nodes.nodes) this.#ask(origin, { isBack: false });
  }

  #tell(): void {
    const { bus, subjects } = this.#options.cluster;
    const { kicked, left } = this.#untold;
    if (kicked.length + left.length === 0) return;
    bus.publish(
      subjects.cluster("ended"),
      encodeEnded({ kicked: kicked.reverse(), left: left.reverse() }, this.#maxBytes),
    );
    kicked.length = left.length = 0;
  }

  /** One that was cut off may know what was told to nobody else. */
  #ask(origin: string, { isBack }: { readonly isBack: boolean }): void {
    const { bus, subjects } = this.#options.cluster;
    if (!isBack && this.#askedCount >= maxAsked) return;
    this.#askedCount += 1;
    const subject = subjects.node(origin, "ended");
    bus.request(subject, encodeEndedQuestion(), { timeoutMs: answerTimeoutMs }).then(
      (answer) => this.#hear(answer, subject),
      (error) => {
        if (!(error instanceof SignalboxError)) throw error;
        this.#options.log.info("ended sessions not told", { origin, code: error.code });
      },
    );
  }

  #hear(payload: Uint8Array, subject: string): void {
    const lists = parseEnded(payload);
    if (lists === undefined || lists === "ask") {
      this.#unread.note(subject);
      return;
    }
    // The latest come first.
    for (const ended of lists.kicked.toReversed()) this.#remember("kicked", ended);
    for (const ended of lists.left.toReversed()) this.#remember("left", ended);
  }

  #remember(reason: EndReason, { session, epoch, untilMs }: EndedSession): void {
    const sessions = this.#sessions[reason];
    const before = sessions.get(session);
    sessions.delete(session);
    sessions.set(session, {
      epoch: Math.max(epoch, before?.epoch ?? 0),
      untilMs: Math.max(untilMs, before?.untilMs ?? 0),
    });
    const nowMs = this.#options.tokens.now();
    for (const [id, oldest] of sessions) {
      if (sessions.size <= maxRemembered && oldest.untilMs >= nowMs) break;
      sessions.delete(id);
    }
  }

  /** The latest first. */
  #all(): EndedLists {
    const listed = (sessions: Remembered) => [...sessions].reverse().map(([session, ended]) => ({ session, ...ended }));
    return { kicked: listed(this.#sessions.kicked), left: listed(this.#sessions.left) };
  }
}
