import type { StaticPage } from "./static_pages.ts";

/** What a node says of itself to a load balancer; `reason` is for people. */
export interface Readiness {
  readonly status: "ready" | "starting" | "draining" | "cut-off";
  readonly reason?: string;
}

/** What an answer depends on. */
export interface HttpRequestLine {
  /** As sent, in upper case. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The header `if-none-match`, or "". */
  readonly ifNoneMatch: string;
}

/** An answer, whole and ready to be written. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const routeList =
  "GET /, GET /check, GET /inspector, GET /client.js, GET /demo/<file>, GET /healthz, GET /readyz, what GET /api/v1/openapi.json describes, and the WebSockets /ws and /inspect";

/** No inline script or style, nothing from elsewhere, in nobody's frame; `ws:` and `wss:` for a server named in the page. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "media-src 'self' blob: mediastream:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const commonHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/** For what pages of other origins may load as a module (Fetch, 3.3; module scripts are always fetched with CORS). */
const sharedHeaders = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" } as const;

/** Answers every HTTP request but a WebSocket handshake. It knows no engine. */
export class HttpRoutes {
  readonly #pages: ReadonlyMap<string, StaticPage>;
  readonly #readiness: () => Readiness;

  constructor(pages: ReadonlyMap<string, StaticPage>, readiness: () => Readiness) {
    this.#pages = pages;
    this.#readiness = readiness;
  }

  /** The answer to `request`; what `readiness` throws comes through. */
  answer(request: HttpRequestLine): HttpAnswer {
    const { method, path } = request;
    const page = this.#pages.get(path);
    if (page === undefined && path !== "/healthz" && path !== "/readyz" && path !== "/ws") {
      return failure(404, "not-found", `Cannot find ${path.slice(0, 200)}: this server has ${routeList}`);
    }
    if (method !== "GET" && method !== "HEAD") {
      const why = `Cannot ${method.slice(0, 32)} ${path}: only GET and HEAD are known here`;
      return failure(405, "method-not-allowed", why, { allow: "GET, HEAD" });
    }
    if (page !== undefined) return answerPage(page, request.ifNoneMatch);
    if (path === "/healthz") return json(200, { status: "ok" });
    if (path === "/ws") return upgradeRequired(path);
    const readiness = this.#readiness();
    return json(readiness.status === "ready" ? 200 : 503, readiness);
  }
}

/** For whoever asks for the path of a WebSocket without a handshake (RFC 6455, 4.2.2; RFC 9110, 15.5.22). */
export function upgradeRequired(path: "/ws" | "/inspect"): HttpAnswer {
  return failure(
    426,
    "upgrade-required",
    `Cannot answer GET ${path}: it speaks WebSocket version 13 only; connect with new WebSocket("ws://...${path}")`,
    { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
  );
}

/** For a request whose answer failed. */
export const internalError: HttpAnswer = failure(500, "internal-error", "Cannot answer: the server has a fault");

function answerPage(page: StaticPage, ifNoneMatch: string): HttpAnswer {
  const headers = {
    ...commonHeaders,
    "cache-control": "no-cache",
    etag: page.etag,
    ...(page.isShared === true ? sharedHeaders : {}),
  };
  const known = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known.includes(page.etag) || known.includes("*")) return { status: 304, headers, body: Buffer.alloc(0) };
  return { status: 200, headers: { ...headers, "content-type": page.contentType }, body: page.body };
}

/** A value as JSON, which nobody keeps. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { ...commonHeaders, "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: Buffer.from(`${JSON.stringify(value)}\n`),
  };
}

/** Text for people. */
export function text(status: number, body: string): HttpAnswer {
  return {
    status,
    headers: { ...commonHeaders, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: Buffer.from(body),
  };
}

/** An error as the answers of this listener say it. */
export function failure(
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): HttpAnswer {
  return json(status, { error: { code, message } }, headers);
}
