import type { CandidateInit, Ref } from "./client_message.ts";
import type { ErrorCode } from "./signalbox_error.ts";

/** Every message that the server may send (the protocol page, "Signalling: the base level"). */
export type ServerMessage =
  | { readonly type: "offer" | "answer" | "pranswer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly candidate: CandidateInit | null }
  | { readonly type: "bye"; readonly reason?: string }
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string; readonly ref?: Ref };
