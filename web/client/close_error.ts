import { ClientError, type ClientErrorCode } from "./client_error.ts";

/** What the close codes of the server mean (docs/errors.md); any other is a connection that broke. */
const codes: Readonly<Record<number, ClientErrorCode>> = {
  1001: "shutting-down",
  1012: "shutting-down",
  1013: "overloaded",
  4408: "slow-consumer",
  4409: "replaced",
  4413: "frame-too-large",
  4429: "too-many-errors",
};

/** Why a socket was closed, from its close code (RFC 6455, 7.4). An unknown 44xx means abuse: `forbidden`, which is not tried again. */
export function closeError(closeCode: number, what: string): ClientError {
  const code = codes[closeCode] ?? (closeCode >= 4400 && closeCode < 4500 ? "forbidden" : "unreachable");
  return new ClientError(code, `${what} (close code ${closeCode})`);
}
