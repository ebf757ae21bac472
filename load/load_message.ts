import type { DistributionData } from "./distribution.ts";
import type { LoadOptions } from "./load_options.ts";
import type { MemberPlan } from "./member_plan.ts";
import type { ReceivedStreamData, StreamKind } from "./received_stream.ts";

/** What a worker is told. */
export type ToWorker =
  | { readonly type: "start"; readonly options: LoadOptions; readonly members: readonly MemberPlan[] }
  /** Everybody is in, or will never be: CPU and later silences are measured from here. */
  | { readonly type: "measure" }
  /** Nothing is sent any more; what is under way still counts. */
  | { readonly type: "stop" }
  /** Everybody leaves, and the result is told. */
  | { readonly type: "finish" };

/** What a worker tells. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly progress: Progress }
  /** Nobody is on the way in any more. */
  | { readonly type: "settled" }
  | { readonly type: "stopped" }
  | { readonly type: "result"; readonly result: WorkerResult };

/** How far it is, told each second. */
export interface Progress {
  readonly joined: number;
  readonly connected: number;
  readonly failed: number;
  /** Packets and messages since the start. */
  readonly sent: number;
  readonly received: number;
  /** Of one core, in percent, in the last second. */
  readonly cpu: number;
}

/** What was sent of a track: its packets are numbered from `first` to `last`. */
export interface SentStream {
  readonly track: string;
  readonly kind: StreamKind;
  readonly first: number;
  readonly last: number;
}

/** Why something did not work: the SDK's code and message. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What became of a member. */
export interface MemberResult extends MemberPlan {
  readonly isJoined: boolean;
  readonly isConnected: boolean;
  /** Why it did not come in, or was gone before the end. */
  readonly failure?: Failure;
  /** How often it lost the server and came back. */
  readonly reconnects: number;
  readonly joinMs: number | null;
  readonly mediaMs: number | null;
  readonly sent: readonly SentStream[];
  readonly received: readonly ReceivedStreamData[];
  /** Errors that the room went on after. */
  readonly errors: readonly Failure[];
}

/** What a worker measured. */
export interface WorkerResult {
  readonly members: readonly MemberResult[];
  /** From the sender through the server to the receiver, in milliseconds. */
  readonly delays: Readonly<Record<StreamKind, DistributionData>>;
  /** Of a message to oneself over the WebSocket. */
  readonly signalingRoundTrips: DistributionData;
  /** As receiver reports have it (RFC 3550, 6.4.1): media to the server and back. */
  readonly mediaRoundTrips: DistributionData;
  readonly lateness: DistributionData;
  readonly skipped: number;
  /** Of one core, in percent, from `measure` to `stop`; and its busiest second. */
  readonly cpu: number;
  readonly peakCpu: number;
  readonly rssBytes: number;
}
