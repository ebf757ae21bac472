import type { HttpResponse } from "uWebSockets.js";
import { STATUS_CODES } from "node:http";
import type { HttpAnswer } from "./http_routes.ts";

/** How an answer goes out. */
export interface WriteAnswerOptions {
  /** HEAD: the headers of the answer without its body. */
  readonly isHead: boolean;
  /** The connection ends after this answer. */
  readonly isLast: boolean;
}

/** Writes an answer: within the request's handler, or later within `cork`, by who knows that the request is not aborted. */
export function writeAnswer(res: HttpResponse, answer: HttpAnswer, options: WriteAnswerOptions): void {
  const { isHead, isLast } = options;
  res.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? ""}`);
  for (const [name, value] of Object.entries(answer.headers)) res.writeHeader(name, value);
  if (!isHead && answer.status !== 304) {
    res.end(answer.body, isLast);
    return;
  }
  if (isHead && answer.status !== 304) res.writeHeader("content-length", String(answer.body.length));
  if (isLast) res.writeHeader("connection", "close");
  // Without arguments: given any, this version of the engine leaves the answer open, and ends the process for it.
  res.endWithoutBody();
}
