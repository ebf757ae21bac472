import type { Description, NegotiationContext } from "./negotiation_events.ts";

// What several states of the negotiation machine do in the same way.

/** A refusal by state: W3C's InvalidStateError, told to the client, and nothing changes. */
export function refuseByState(message: string) {
  return { actions: { type: "reportError", params: { code: "bad-state", message } } } as const;
}

/** The same for a description, whose candidates may be on their way. */
export function dismissByState(message: string) {
  return { actions: [refuseByState(message).actions, "tellDismissed"] } as const;
}

/** A time limit after which nothing more can be negotiated. */
export function failByTimeout(message: string) {
  const code = "negotiation-timeout";
  return {
    target: "#negotiation.failed",
    actions: [
      { type: "reportError", params: { code, message } },
      { type: "tellFailed", params: { code } },
    ],
  } as const;
}

/** An answer to an offer that a newer one supersedes would be taken for the answer to that one: it is not sent. */
function sendUnlessSuperseded<Target extends string>(target: Target) {
  const params = ({ event }: { event: { readonly description: Description } }): Description => event.description;
  return [
    { guard: "hasWaitingOffer", target },
    { target, actions: { type: "sendDescription", params } },
  ] as const;
}

/** The engine, or the application, did not answer in time. */
export const engineTimedOut = failByTimeout("Cannot go on negotiating: a step of the server took too long");
/** The engine refused what it must be able to do. */
export const engineRefused = { target: "#negotiation.failed", actions: ["reportRefusal", "tellRefused"] } as const;
/** The engine refused a description and can do nothing more. */
export const engineTainted = { guard: "isTainted", ...engineRefused } as const;
/** An offer that cannot be taken yet waits; of two the newest. */
export const keepOffer = { actions: "keepOffer" } as const;
/** The state in which an answer is made, final or provisional, that leads to `target` when it is sent. */
export function creatingAnswerOf<T extends string>(type: "answer" | "pranswer", target: T) {
  return {
    entry: { type: "createLocalDescription", params: { type, isIceRestart: false } },
    after: { engineTimeout: engineTimedOut },
    on: {
      "localDescription.created": sendUnlessSuperseded(target),
      "description.refused": engineRefused,
      "remote.offered": keepOffer,
    },
  } as const;
}

/** The entry of a state that applies the answer that waits. */
export const applyAnswer = [
  {
    type: "applyRemoteDescription",
    params: ({ context }: { context: NegotiationContext }) => described(context),
  },
  "takeAnswer",
] as const;
/** The engine refused an answer: another one may come. */
export const answerRefused = [
  engineTainted,
  { target: "awaitingAnswer", actions: ["reportRefusal", "tellDismissed"] },
] as const;
/** While a provisional answer is being applied: the next answer waits, and there can be one final one only. */
export const keepAnswer = [
  { guard: "isAnswerWaiting", ...dismissByState("Cannot take the answer: the final one has come already") },
  { actions: "keepAnswer" },
] as const;
/** The way from `awaitingAnswer` as soon as an answer waits. */
export const takeWaitingAnswer = [
  { guard: "isAnswerWaiting", target: "applyingAnswer" },
  { guard: "isPranswerWaiting", target: "applyingPranswer" },
] as const;

function described({ waitingAnswer }: NegotiationContext): Description {
  return { type: waitingAnswer?.type ?? "answer", sdp: waitingAnswer?.sdp ?? "" };
}
