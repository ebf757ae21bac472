import { createHmac, timingSafeEqual } from "node:crypto";
import type { ResumeTokens } from "../../actors/ports.ts";
import { isResumeClaim, type ResumeClaim } from "../../protocol/resume_claim.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";

export interface SignedResumeTokensOptions {
  /** Of 32 characters or more, the same on every node of the cluster. */
  readonly secret: string;
  /** What tells this start of this node from all others. */
  readonly node: string;
  /** How long a node that never knew the session believes a token, in milliseconds. */
  readonly lifetimeMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The same, as the nodes of the cluster agree on it: by this claims are compared. Default: `now`. */
  readonly clusterNow?: () => number;
}

/** Signs and reads resume tokens: `<claim>.<HMAC-SHA256>`, both in base64url. */
export class SignedResumeTokens implements ResumeTokens {
  readonly #options: SignedResumeTokensOptions;

  constructor(options: SignedResumeTokensOptions) {
    this.#options = options;
  }

  get lifetimeMs(): number {
    return this.#options.lifetimeMs;
  }

  now(): number {
    return this.#options.now();
  }

  sign(claim: Omit<ResumeClaim, "node" | "expiresAtMs">, options?: { readonly lifetimeMs: number }): string {
    const { node, lifetimeMs: maxLifetimeMs, now } = this.#options;
    const lifetimeMs = Math.min(options?.lifetimeMs ?? maxLifetimeMs, maxLifetimeMs);
    const whole: ResumeClaim = { ...claim, node, expiresAtMs: now() + lifetimeMs };
    const body = Buffer.from(JSON.stringify(whole)).toString("base64url");
    return `${body}.${this.#mac(body).toString("base64url")}`;
  }

  nextEpoch(knownEpoch: number): number {
    const { now, clusterNow = now } = this.#options;
    return Math.max(knownEpoch + 1, clusterNow());
  }

  findObstacle({ node, expiresAtMs }: ResumeClaim): string | undefined {
    if (node === this.#options.node) return "it has ended";
    return expiresAtMs < this.#options.now() ? "the token has run out" : undefined;
  }

  read(token: string): ResumeClaim {
    const [body = "", mac = "", ...rest] = token.split(".");
    const [expected, given] = [this.#mac(body), Buffer.from(mac, "base64url")];
    const isSigned = rest.length === 0 && given.length === expected.length && timingSafeEqual(given, expected);
    const claim: unknown = isSigned ? JSON.parse(Buffer.from(body, "base64url").toString()) : undefined;
    if (isResumeClaim(claim)) return claim;
    throw new SignalboxError("session-gone", "Cannot resume: the token is none that this cluster gave out; join anew");
  }

  #mac(body: string): Buffer {
    return createHmac("sha256", this.#options.secret).update("resume:").update(body).digest();
  }
}
