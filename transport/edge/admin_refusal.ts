import type { HttpRequest, HttpResponse } from "uWebSockets.js";
import type { AdminAccess } from "./admin_access.ts";
import { failure, type HttpAnswer } from "./http_routes.ts";
import { remoteAddressOf } from "./remote_address.ts";

/** The answer for who may not look inside, undefined for who may. Only within the request's handler, whose request it reads. */
export function adminRefusal(access: AdminAccess, res: HttpResponse, req: HttpRequest): HttpAnswer | undefined {
  const refusal = access.check({
    remoteAddress: remoteAddressOf(Buffer.from(res.getRemoteAddressAsText()).toString()),
    isChange: !["GET", "HEAD"].includes(req.getCaseSensitiveMethod()),
    host: req.getHeader("host"),
    origin: req.getHeader("origin"),
    authorization: req.getHeader("authorization"),
    isForwarded: ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some((name) => req.getHeader(name) !== ""),
    subprotocols: req.getHeader("sec-websocket-protocol"),
    queryToken: new URLSearchParams(req.getQuery() ?? "").get("access_token"),
  });
  if (refusal === undefined) return undefined;
  const { status, code, message } = refusal;
  return failure(status, code, message, status === 401 ? { "www-authenticate": "Bearer" } : {});
}
