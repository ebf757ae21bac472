import type { ErrorCode } from "../../protocol/signalbox_error.ts";

/** What can go wrong on this side; the server's own codes (docs/errors.md) come through as they are. */
const remedies = {
  aborted: "It was left or taken back before it was done.",
  "autoplay-blocked": "Call room.resumePlayback() from a click or a key press.",
  "capture-canceled": "The person closed the dialog without choosing. Ask again when they want to.",
  "capture-failed": "The device does not deliver. Plug it in again, or choose another one.",
  "device-in-use": "Another program uses the device. Close it there, or choose another one.",
  "device-lost": "The device was unplugged or taken away. Plug it in again, or choose another one.",
  "device-not-found": "There is no such device. Plug one in, or go on without.",
  "insecure-context": "Open the page over https:// or from localhost: browsers give no camera to other pages.",
  kicked: "The server put this peer out of the room. Ask whoever runs the room before joining again.",
  "media-failed": "It begins again by itself. Where it never works, a firewall is in the way: a TURN server helps.",
  "not-joined": "Join first, or wait until room.state is joined again.",
  overconstrained: "No device can do what was asked for. Ask for less: drop deviceId, width or frameRate.",
  "permission-denied": "Allow the page to use it in the browser's site settings, then try again.",
  replaced: "The same session was opened elsewhere. Close one of the two, and join again here.",
  silent: "The server stopped answering. A new connection is made by itself.",
  timeout: "The server took too long. Try again; if it stays so, look at the server's log.",
  "token-failed": "The page's own token() did not give one. It is asked again at the next attempt.",
  unreachable: "Check the address, the network and that the server runs.",
  // Each says what it wants.
  unsupported: "",
} as const;

/** What only the client itself can find. */
export type ClientOnlyCode = keyof typeof remedies;
/** Every code that a {@linkcode ClientError} may have. */
export type ClientErrorCode = ClientOnlyCode | ErrorCode;

/** The codes of the server after which the same request may succeed later (`isRetryable` of docs/errors.md). */
const retryableCodes: ReadonlySet<string> = new Set([
  "room-full",
  "too-many-tracks",
  "join-timeout",
  "room-crashed",
  "rate-limited",
  "negotiation-timeout",
  "ice-failed",
  "dtls-failed",
  "peer-crashed",
  "overloaded",
  "shutting-down",
  "slow-consumer",
  "buffer-full",
  // Ours:
  "unreachable",
  "timeout",
  "silent",
  "token-failed",
] satisfies ClientErrorCode[]);

/** A failure that is expected to happen: `code` is for the program, `message` says to people what happened and what to do. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;

  /** `what` reads `Cannot <do what>: <why>`; the remedy of a code of ours is added. */
  constructor(code: ClientErrorCode, what: string, options?: ErrorOptions) {
    const remedy = code in remedies && remedies[code as ClientOnlyCode];
    super(remedy ? `${what}. ${remedy}` : what, options);
    this.code = code;
  }

  /** Whether the same may succeed later without anybody changing anything. */
  get isRetryable(): boolean {
    return isRetryable(this.code);
  }

  /** The same error as it is, or an unexpected one wrapped under `code`. */
  static from(cause: unknown, code: ClientErrorCode, what: string): ClientError {
    if (cause instanceof ClientError) return cause;
    return new ClientError(code, `${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Whether a request that was refused with `code` may succeed later. */
export function isRetryable(code: string): boolean {
  return retryableCodes.has(code);
}
