import type { EdgeLimits } from "../../../transport/edge/edge_limits.ts";

/** The defaults of a node, which no test comes near by chance. */
export const limits: EdgeLimits = {
  maxFrameBytes: 262_144,
  maxSessions: 10_000,
  maxMessagesPerSecond: 100,
  maxErrorsPerMinute: 60,
  idleTimeoutMs: 30_000,
  throttleBytes: 65_536,
  maxQueuedBytes: 1_048_576,
  slowConsumerTimeoutMs: 10_000,
};
