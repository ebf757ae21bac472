import type { HttpRequest, HttpResponse } from "uWebSockets.js";
import type { ClientTokens } from "../signing/client_tokens.ts";
import type { AdminAccess } from "./admin_access.ts";
import { adminRefusal } from "./admin_refusal.ts";
import type { ApiHeaders, ApiOperation } from "./api_operation.ts";
import { answerClient, anyOrigin, clientPreflight, clientTokenOf } from "./client_access.ts";
import { describeApi } from "./describe_api.ts";
import { failure, type HttpAnswer, internalError } from "./http_routes.ts";
import { writeAnswer } from "./http_writer.ts";
import type { FaultContext } from "./signalling_route.ts";

/**
 * Requests that are being worked on at the same time. Ours: an answer may be long, and is made for each. Those of clients count apart, since
 * anybody can send what looks like one.
 */
const maxRequests = { operators: 16, clients: 64 } as const;
type Askers = keyof typeof maxRequests;

export interface ApiRouteOptions {
  readonly access: AdminAccess;
  readonly clientTokens: ClientTokens;
  /** What there is under `/api`, beside its own description. */
  readonly operations: readonly ApiOperation[];
  /** Of Signalbox, for the description. */
  readonly version: string;
  /** Whether the connection ends with the answer that is about to be written. */
  readonly isLast: () => boolean;
  readonly onError: (error: unknown, context: FaultContext) => void;
}

interface Entry {
  readonly operation: ApiOperation;
  readonly segments: readonly string[];
}

/** `/api`: what operators ask for. Each answer is awaited, and none is written to who went away meanwhile. */
export class ApiRoute {
  readonly #options: ApiRouteOptions;
  readonly #entries: readonly Entry[];
  readonly #requestCounts: Record<Askers, number> = { operators: 0, clients: 0 };

  constructor(options: ApiRouteOptions) {
    this.#options = options;
    const description = describeApi(options.operations, options.version);
    this.#entries = [...options.operations, description].map((operation) => ({
      operation,
      segments: operation.pattern.split("/"),
    }));
  }

  /** What the engine calls for paths of this route. */
  answer(res: HttpResponse, req: HttpRequest): void {
    const [method, path] = [req.getCaseSensitiveMethod(), req.getUrl()];
    const query = new URLSearchParams(req.getQuery() ?? "");
    const write = (answer: HttpAnswer): void =>
      writeAnswer(res, answer, { isHead: method === "HEAD", isLast: this.#options.isLast() });
    const found =
      this.#findForClient(method, path, req.getHeader("authorization")) ??
      adminRefusal(this.#options.access, res, req) ??
      this.#find(method, path);
    if ("status" in found) {
      write(found);
      return;
    }
    const { askers = "operators" } = found;
    const most = maxRequests[askers];
    if (this.#requestCounts[askers] >= most) {
      const headers = askers === "clients" ? anyOrigin : {};
      write(failure(503, "overloaded", `Cannot answer: ${most} of ${most} requests are being answered`, headers));
    } else {
      let isAborted = false;
      res.onAborted(() => {
        isAborted = true;
      });
      this.#requestCounts[askers] += 1;
      const headers = { accept: req.getHeader("accept") };
      void this.#handled(found, { query, headers, request: `${method} ${path}` }).then((answer) => {
        this.#requestCounts[askers] -= 1;
        if (!isAborted) res.cork(() => write(answer));
      });
    }
  }

  async #handled({ operation, params }: Found, { query, headers, request }: Asked): Promise<HttpAnswer> {
    try {
      return await operation.handle(params, query, headers);
    } catch (error) {
      this.#options.onError(error, { doing: `${request} was answered` });
      return internalError;
    }
  }

  /** Undefined for what only operators may ask, and for who shows no token of a client. */
  #findForClient(method: string, path: string, authorization: string): Found | HttpAnswer | undefined {
    const found = this.#find(method === "OPTIONS" ? "GET" : method, path);
    if ("status" in found) return undefined;
    const { operation, params } = found;
    const { handleClient } = operation;
    if (handleClient === undefined) return undefined;
    if (method === "OPTIONS") return clientPreflight;
    const token = clientTokenOf(authorization);
    if (token === undefined) return undefined;
    const handle = () => answerClient(token, this.#options.clientTokens, handleClient);
    return { operation: { ...operation, handle }, params, askers: "clients" };
  }

  #find(method: string, path: string): Found | HttpAnswer {
    const segments = path.split("/");
    const fitting = this.#entries.flatMap(({ operation, segments: pattern }) => {
      const params = paramsOf(pattern, segments);
      return params === undefined ? [] : [{ operation, params }];
    });
    if (fitting.length === 0) {
      const all = this.#entries.map(({ operation: { method, pattern } }) => `${method} ${pattern}`).join(", ");
      return failure(404, "not-found", `Cannot find ${path.slice(0, 200)}: there is ${all}`);
    }
    const wanted = method === "HEAD" ? "GET" : method;
    const found = fitting.find(({ operation }) => operation.method === wanted);
    if (found !== undefined) return found;
    const methods = fitting.flatMap(({ operation }) => (operation.method === "GET" ? ["GET", "HEAD"] : ["POST"]));
    const why = `Cannot ${method.slice(0, 32)} ${path.slice(0, 200)}: only ${methods.join(" and ")} are known here`;
    return failure(405, "method-not-allowed", why, { allow: methods.join(", ") });
  }
}

interface Asked {
  readonly query: URLSearchParams;
  readonly headers: ApiHeaders;
  /** For the log. */
  readonly request: string;
}

interface Found {
  readonly operation: ApiOperation;
  readonly params: Readonly<Record<string, string>>;
  /** Default: `operators`. */
  readonly askers?: Askers;
}

/** What stands for the names of a pattern; undefined for a path that does not fit it. */
function paramsOf(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const given = decoded(path[index] ?? "");
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined ? given !== expected : given === undefined || given === "") return undefined;
    if (name !== undefined && given !== undefined) params[name] = given;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
