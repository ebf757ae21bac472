import { type ErrorCode, errorCodes } from "../../protocol/signalbox_error.ts";

/** The WebSocket close code of an error that ends the socket; undefined for one after which the socket goes on. */
export function closeCodeOf(code: ErrorCode): number | undefined {
  const row = errorCodes[code];
  return "closeCode" in row ? row.closeCode : undefined;
}
