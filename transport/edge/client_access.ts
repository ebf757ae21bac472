import type { ClientTokens } from "../signing/client_tokens.ts";
import type { ApiOperation } from "./api_operation.ts";
import { failure, type HttpAnswer } from "./http_routes.ts";

/** What a browser keeps the answer to a preflight for, in seconds. Ours. */
const preflightSeconds = 600;

/** The token is the only thing that opens it, and a page of elsewhere does not have it: whoever has may read the answer. */
export const anyOrigin = { "access-control-allow-origin": "*" } as const;

/** Whether a page of another origin may show its token to what clients can ask for (Fetch, 3.3.5). */
export const clientPreflight: HttpAnswer = {
  status: 204,
  headers: {
    ...anyOrigin,
    "access-control-allow-methods": "GET",
    "access-control-allow-headers": "authorization",
    "access-control-max-age": `${preflightSeconds}`,
  },
  body: Buffer.alloc(0),
};

/** The token of a client in the header `authorization`, known by its shape: a JWT is of three parts, the first of which begins so. */
export function clientTokenOf(authorization: string): string | undefined {
  return /^Bearer +(eyJ[\w-]*\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
}

/** Answers the client that a token is of, or says why it is of none. */
export async function answerClient(
  token: string,
  tokens: ClientTokens,
  handle: NonNullable<ApiOperation["handleClient"]>,
): Promise<HttpAnswer> {
  const reading = await tokens.read(token);
  const answer =
    "subject" in reading
      ? await handle(reading.subject)
      : failure(401, "unauthorized", `Cannot answer: ${reading.obstacle}`, { "www-authenticate": "Bearer" });
  return { ...answer, headers: { ...answer.headers, ...anyOrigin } };
}
