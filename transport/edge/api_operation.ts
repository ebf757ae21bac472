import type { HttpAnswer } from "./http_routes.ts";

/** Headers of a request that an answer may depend on; "" where there is none. */
export interface ApiHeaders {
  readonly accept: string;
}

/** One thing that operators can ask for under `/api`: how it is found, what it says of itself, and what answers it. */
export interface ApiOperation {
  /** `HEAD` is answered wherever `GET` is. */
  readonly method: "GET" | "POST";
  /** `/api/v1/peers/{id}/record`: a name in braces stands for one segment of the path. */
  readonly pattern: string;
  readonly summary: string;
  /** What each name in the pattern stands for. */
  readonly params: Readonly<Record<string, string>>;
  /** JSON Schema of the answer. */
  readonly schema: object;
  /** Statuses other than 200, 401, 403 and 503, with what each means. */
  readonly failures: Readonly<Record<number, string>>;
  /**
   * What it throws is logged, and answered with 500.
   *
   * @param params by the names in the pattern, decoded; none of them empty
   */
  readonly handle: (
    params: Readonly<Record<string, string>>,
    query: URLSearchParams,
    headers: ApiHeaders,
  ) => Promise<HttpAnswer>;
  /**
   * What a client gets that shows a token of its own, from a page of any origin; without it, only operators are answered.
   *
   * @param subject who the token is of
   */
  readonly handleClient?: (subject: string) => Promise<HttpAnswer>;
}
