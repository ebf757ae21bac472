import type { SeenCandidate } from "./candidate.ts";
import type { Deadline } from "./deadline.ts";

/** The six machines whose way the page shows; the names are the page's `data-state` values. */
export type MachineName = "socket" | "signaling" | "ice-gathering" | "ice" | "dtls" | "connection";

/** Why the camera could not be opened. */
export type CameraFailure = "refused" | "missing" | "in-use" | "insecure" | "failed";

/** What can come back from the server. */
export type Returned = "picture" | "pong";

/** The end of a test: the person's wish, or one that the page had no choice about. */
export type EndCause = "stopped" | "lost";

/**
 * One thing that happened during an echo test. All that the page knows about a test is the list of these, in order:
 * the facts are folded from them, and the status, the problems and the timelines are drawn from the facts.
 */
export type EchoEvent =
  | {
      readonly type: "test.started";
      readonly hasWebRtc: boolean;
      readonly pageHost: string;
    }
  | { readonly type: "camera.asked" }
  | { readonly type: "camera.opened"; readonly hasVideo: boolean; readonly hasAudio: boolean }
  | { readonly type: "camera.failed"; readonly reason: CameraFailure; readonly detail: string }
  | { readonly type: "camera.ended" }
  | { readonly type: "socket.closed"; readonly code: number; readonly reason: string }
  | { readonly type: "server.probed"; readonly hasAnswered: boolean }
  | { readonly type: "server.complained"; readonly code: string; readonly message: string }
  | { readonly type: "server.left"; readonly reason: string }
  | { readonly type: "offer.sent" }
  | { readonly type: "answer.received" }
  | { readonly type: "negotiation.failed"; readonly detail: string }
  | { readonly type: "candidate.sent"; readonly candidate: SeenCandidate }
  | { readonly type: "candidate.received"; readonly candidate: SeenCandidate }
  | { readonly type: "candidate.refused"; readonly detail: string }
  | { readonly type: "checks.counted"; readonly sent: number; readonly answered: number }
  | { readonly type: "state.changed"; readonly machine: MachineName; readonly state: string }
  | { readonly type: "deadline.passed"; readonly deadline: Deadline }
  | { readonly type: "echo.returned"; readonly what: Returned }
  | { readonly type: "test.ended"; readonly cause: EndCause };
