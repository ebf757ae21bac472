import { errors, jwtVerify } from "jose";

export interface ClientTokensOptions {
  /** The cluster's; without one nobody outside can have signed a token. */
  readonly secret: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Clocks of who signs and who checks may differ by so much, in seconds. Ours. */
const clockToleranceSeconds = 5;
/** What names somebody is no longer, in characters. Ours. */
const maxSubjectLength = 256;

/** Who a token is of, or why it is of nobody, to follow on "Cannot ...: ". */
export type ClientTokenReading = { readonly subject: string } | { readonly obstacle: string };

/**
 * Reads what the program around Signalbox signs for its users: a JWT (RFC 7519) by HS256 under the cluster's secret, with `sub`,
 * who it is, and `exp`, its end.
 */
export class ClientTokens {
  readonly #key: Uint8Array | undefined;
  readonly #now: () => number;

  constructor({ secret, now }: ClientTokensOptions) {
    this.#key = secret === undefined ? undefined : new TextEncoder().encode(secret);
    this.#now = now;
  }

  async read(token: string): Promise<ClientTokenReading> {
    if (this.#key === undefined) return { obstacle: "without --secret this node knows no token of a client" };
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ["HS256"],
        requiredClaims: ["sub", "exp"],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(this.#now()),
      });
      const { sub } = payload;
      if (typeof sub === "string" && sub !== "" && sub.length <= maxSubjectLength) return { subject: sub };
      return { obstacle: `"sub" of the token is no text of 1 to ${maxSubjectLength} characters` };
    } catch (error) {
      return { obstacle: obstacleOf(error) };
    }
  }
}

function obstacleOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has run out";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === "missing") return `the token has no "${error.claim}"`;
    return error.claim === "nbf" ? "the token is not valid yet" : `"${error.claim}" of the token is wrong`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token is not signed by HS256";
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "the token is not signed with the secret of the cluster";
  return "the token is no JWT that can be read";
}
