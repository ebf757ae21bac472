/** The bounds of one listener, all of them ours; `config.ts` holds their defaults and allowed ranges. */
export interface EdgeLimits {
  /** Longest frame (message) that a client may send, in bytes of UTF-8. */
  readonly maxFrameBytes: number;
  /** Most WebSockets open at once. */
  readonly maxSessions: number;
  /** Messages of one socket in a second that are taken in the long run; twice as many may come at once. */
  readonly maxMessagesPerSecond: number;
  /** Errors that one socket may be told within any 60 s; the next one closes it. */
  readonly maxErrorsPerMinute: number;
  /** Silence after which a socket is closed, a ping unanswered; rounded up to whole seconds, 8 s to 960 s. 0 means never. */
  readonly idleTimeoutMs: number;
  /** Unsent bytes of a socket from which on further messages wait in its own queue. */
  readonly throttleBytes: number;
  /** Most bytes that wait in a socket's queue. */
  readonly maxQueuedBytes: number;
  /** How long a socket may stay above `throttleBytes`. */
  readonly slowConsumerTimeoutMs: number;
}

/** How far above our limit a frame may be to be answered with `frame-too-large` rather than cut off, at most. Ours. */
const answeredExcessBytes = 1_048_576;

/** The engine's own settings for `limits`: each beyond ours, so that ours, which explain themselves, act first. */
export function engineLimitsOf(limits: EdgeLimits) {
  // The engine takes 0 or 8 to 960 s, and computes nonsense from 0 together with pings.
  const isPinging = limits.idleTimeoutMs > 0;
  const idleTimeout = isPinging ? Math.min(960, Math.max(8, Math.ceil(limits.idleTimeoutMs / 1_000))) : 0;
  return {
    maxPayloadLength: Math.min(4 * limits.maxFrameBytes, limits.maxFrameBytes + answeredExcessBytes),
    idleTimeout,
    sendPingsAutomatically: isPinging,
    maxBackpressure: maxUnsentBytes(limits),
    closeOnBackpressureLimit: true,
  };
}

/** Unsent bytes above which the engine sends nothing more, not even a close frame. */
export function maxUnsentBytes(limits: EdgeLimits): number {
  return limits.throttleBytes + limits.maxQueuedBytes;
}
