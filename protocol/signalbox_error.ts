/** What an error code says of every error that has it. */
export interface ErrorCodeEntry {
  readonly meaning: string;
  readonly isTold: boolean;
  readonly closeCode?: number;
  readonly isRetryable: boolean;
}

/**
 * What each error code means and what happens next. The list is closed: a client may switch over it.
 * `isTold`: the client sees it. `closeCode`: the WebSocket close code when the error ends the socket: 4400
 * to 4499 are ours and mean abuse, the others are registered (RFC 6455, 7.4). `isRetryable`: the same request may succeed later.
 */
const table = {
  "bad-json": { meaning: "The frame is not JSON.", isTold: true, isRetryable: false },
  "bad-message": {
    meaning: "The message has an unknown type, or a field that is missing, unknown in shape or out of bounds.",
    isTold: true,
    isRetryable: false,
  },
  "bad-sdp": {
    meaning: "The session description cannot be used; the message says which line or section and why.",
    isTold: true,
    isRetryable: false,
  },
  "bad-candidate": {
    meaning: "The candidate cannot be parsed, names no media section of the description, or came too often.",
    isTold: true,
    isRetryable: false,
  },
  "bad-state": {
    meaning: "The message does not fit the state: an answer without an offer, or a join while in a room.",
    isTold: true,
    isRetryable: false,
  },
  "not-joined": {
    meaning: "The message is about a room, and the client is in none.",
    isTold: true,
    isRetryable: false,
  },
  "session-gone": {
    meaning:
      "The session cannot be resumed: it ended, nobody came back in time, or the token has run out or is none of this cluster's. Join anew.",
    isTold: true,
    isRetryable: false,
  },
  replaced: {
    meaning: "The session was taken over on another socket, where it goes on.",
    isTold: false,
    closeCode: 4409,
    isRetryable: false,
  },
  "data-lost": {
    meaning:
      "Data came while the client's socket was gone, more than is kept for it; the message says how much is lost.",
    isTold: true,
    isRetryable: false,
  },
  "no-such-peer": {
    meaning: "The room has no such peer, or no longer; whoever else was named got the message.",
    isTold: true,
    isRetryable: false,
  },
  "no-such-track": {
    meaning: "The room has no such track, or no longer.",
    isTold: true,
    isRetryable: false,
  },
  "no-such-layer": {
    meaning: "The track has no such simulcast layer; `layers` of the track names those that it has.",
    isTold: true,
    isRetryable: false,
  },
  forbidden: {
    meaning:
      "The client may not do that: the program on the node refused it, the track is not the client's own, or the room takes no such channel.",
    isTold: true,
    isRetryable: false,
  },
  "room-full": {
    meaning:
      "The room holds as many peers as it may, or these say as much of themselves and their tracks as they may together.",
    isTold: true,
    isRetryable: true,
  },
  "too-many-tracks": {
    meaning: "The peer publishes as many tracks as it may, or as the room has words for; this one reaches nobody.",
    isTold: true,
    isRetryable: true,
  },
  "join-timeout": {
    meaning: "The program on the node did not say in time whether the client may join.",
    isTold: true,
    isRetryable: true,
  },
  "room-crashed": {
    meaning: "The room, or the client's part in it, ended by a fault of the server. Join again.",
    isTold: true,
    isRetryable: true,
  },
  "rate-limited": {
    meaning:
      "More messages in a second than allowed, or more than may wait while a join is decided; this one was dropped.",
    isTold: true,
    isRetryable: true,
  },
  "negotiation-timeout": {
    meaning: "The client's answer, or a step of the negotiation on the server, did not come in time.",
    isTold: true,
    isRetryable: true,
  },
  "ice-failed": {
    meaning: "No candidate pair works, or the one in use stopped answering. An ICE restart from the client may help.",
    isTold: true,
    isRetryable: true,
  },
  "dtls-failed": {
    meaning: "The DTLS handshake did not end well: no answer, or a certificate that does not match its fingerprint.",
    isTold: true,
    isRetryable: true,
  },
  "peer-crashed": {
    meaning: "The server's side of this peer connection ended by a fault of the server. A new offer starts a new one.",
    isTold: true,
    isRetryable: true,
  },
  overloaded: {
    meaning: "The node holds as many sessions or rooms as it may, or no UDP port is free for one more peer connection.",
    isTold: true,
    closeCode: 1013,
    isRetryable: true,
  },
  "shutting-down": {
    meaning: "The node is stopping. Connect again: another node, or this one after its restart, answers.",
    isTold: true,
    closeCode: 1012,
    isRetryable: true,
  },
  "frame-too-large": {
    meaning: "A frame is longer than the limit.",
    isTold: true,
    closeCode: 4413,
    isRetryable: false,
  },
  "too-many-errors": {
    meaning: "Too many of the last messages were errors.",
    isTold: true,
    closeCode: 4429,
    isRetryable: false,
  },
  "slow-consumer": {
    meaning: "The client did not read what it was sent for too long.",
    isTold: false,
    closeCode: 4408,
    isRetryable: true,
  },
  "message-too-large": {
    meaning:
      "Metadata, the payload of `data` or a data channel message are longer than the server, the other side, or somebody in the room, accepts.",
    isTold: true,
    isRetryable: false,
  },
  "buffer-full": {
    meaning: "More is queued on a data channel than its limit allows; wait until it drained.",
    isTold: false,
    isRetryable: true,
  },
  "no-responders": {
    meaning: "Nobody in the cluster listens to what was asked.",
    isTold: false,
    isRetryable: true,
  },
  "bus-timeout": {
    meaning: "The cluster's bus brought no answer in time; whether anyone did what was asked is unknown.",
    isTold: false,
    isRetryable: true,
  },
  "bus-cut-off": {
    meaning: "The node cannot reach the other nodes at the moment.",
    isTold: false,
    isRetryable: true,
  },
  "bus-closed": {
    meaning: "The node has let go of the cluster's bus, since it stops.",
    isTold: false,
    isRetryable: false,
  },
  "payload-too-large": {
    meaning: "A message is longer than the cluster's bus takes.",
    isTold: false,
    isRetryable: false,
  },
  "bad-config": {
    meaning: "A setting has a value that is not allowed. The node does not start.",
    isTold: false,
    isRetryable: false,
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** A code of the closed list {@linkcode errorCodes}. */
export type ErrorCode = keyof typeof table;

/** The closed list of error codes. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = table;

/** What may be known beside code and message; all of it JSON-safe and free of secrets. */
export interface SignalboxErrorOptions extends ErrorOptions {
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** A failure that is expected to happen: told to the client, retried, or the reason why a node does not start. */
export class SignalboxError extends Error {
  override readonly name = "SignalboxError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  /** `message` reads `Cannot <do what>: <why, with the values>` and holds no secret, token or SDP. */
  constructor(code: ErrorCode, message: string, options: SignalboxErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The same error as it is, or an unexpected one wrapped under `code`. */
  static from(cause: unknown, code: ErrorCode, what: string): SignalboxError {
    if (cause instanceof SignalboxError) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    return new SignalboxError(code, `${what}: ${why}`, { cause });
  }
}
