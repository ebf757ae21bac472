import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv4 } from "node:net";

/** What a request says of where it comes from. */
export interface AdminRequest {
  readonly remoteAddress: string;
  /** It may change something, as a `POST` does, which pages of other origins can send without being let read the answer. */
  readonly isChange: boolean;
  /** Headers as they were sent; "" where there is none. */
  readonly host: string;
  readonly origin: string;
  readonly authorization: string;
  /** Of a header that a proxy sets (`Forwarded`, `X-Forwarded-For`, `X-Real-IP`, `Via`). */
  readonly isForwarded: boolean;
  /** Offered by pages, which cannot set headers: `bearer.<token in base64url>`. */
  readonly subprotocols: string;
  /** `access_token` of the query (RFC 6750, 2.3). */
  readonly queryToken: string | null;
}

/** Why somebody is not let in, as an HTTP answer says it. */
export interface AdminRefusal {
  readonly status: 401 | 403;
  readonly code: "unauthorized" | "forbidden";
  readonly message: string;
}

export interface AdminAccessOptions {
  /** Without one only this machine is let in. */
  readonly token?: string | undefined;
  /** Somebody was refused: `count` of them since the start. */
  readonly onRefused: (refusal: AdminRefusal, from: { readonly address: string; readonly count: number }) => void;
}

/**
 * Who may see inside of the node. Without a token: whoever is on this machine, not through a proxy (which is on it for everybody), and not
 * a page of somebody else's in a browser on it. With one: whoever has it.
 */
export class AdminAccess {
  readonly #options: AdminAccessOptions;
  #refusedCount = 0;

  constructor(options: AdminAccessOptions) {
    this.#options = options;
  }

  /** @returns undefined for who may */
  check(request: AdminRequest): AdminRefusal | undefined {
    const { token, onRefused } = this.#options;
    const refusal = token === undefined ? refusalOfStranger(request) : refusalOfToken(request, token);
    if (refusal === undefined) return undefined;
    this.#refusedCount += 1;
    onRefused(refusal, { address: request.remoteAddress, count: this.#refusedCount });
    return refusal;
  }
}

function refusalOfStranger(request: AdminRequest): AdminRefusal | undefined {
  const { remoteAddress, host, origin, isForwarded, isChange } = request;
  const isFromHere = isLoopback(remoteAddress) && !isForwarded && isHere(hostOf(`http://${host}`));
  const isOwnPage = URL.parse(origin)?.host === URL.parse(`http://${host}`)?.host;
  if (isFromHere && (origin === "" || (isChange ? isOwnPage : isHere(hostOf(origin))))) return undefined;
  const why = "without --admin-token it is open to this machine only, not through a proxy or from a page of elsewhere";
  return { status: 403, code: "forbidden", message: `Cannot look inside: ${why}` };
}

function refusalOfToken(request: AdminRequest, token: string): AdminRefusal | undefined {
  const given = givenToken(request);
  if (given !== undefined && isEqual(given, token)) return undefined;
  const why = given === undefined ? "a bearer token is needed" : "the token is not the one of --admin-token";
  return { status: 401, code: "unauthorized", message: `Cannot look inside: ${why}` };
}

function givenToken({ authorization, subprotocols, queryToken }: AdminRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const offered = /(?:^|[\s,])bearer\.([\w-]+)/.exec(subprotocols)?.[1];
  if (offered !== undefined) return Buffer.from(offered, "base64url").toString();
  return queryToken ?? undefined;
}

/** In a time that says nothing of where they differ. */
function isEqual(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, "") ?? "";
}

/** Names of this machine on itself: what leads to "no address" is connected to loopback, and that is what a node calls itself that listens on all. */
function isHere(host: string): boolean {
  return isLoopback(host) || host === "0.0.0.0" || host === "::";
}

function isLoopback(host: string): boolean {
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || (isIPv4(host) && host.startsWith("127."))
  );
}
