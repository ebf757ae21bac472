// The W3C's table: what setLocalDescription and setRemoteDescription may do in each signaling state (W3C WebRTC 4.3.1 and
// 4.4.1.5, RFC 9429 3.2 and 4.1.10.2), with the state that follows. What is missing is an InvalidStateError.

/** The signaling states of a connection that is not closed. */
export const signalingStates = [
  "stable",
  "have-local-offer",
  "have-remote-offer",
  "have-local-pranswer",
  "have-remote-pranswer",
] as const;
export type SignalingState = (typeof signalingStates)[number];
/** The state that follows a description of each type. */
export type SignalingStep = Partial<Record<"offer" | "answer" | "pranswer" | "rollback", SignalingState>>;

/** What a remote description does. */
export const setRemote: Readonly<Record<SignalingState, SignalingStep>> = {
  stable: { offer: "have-remote-offer" },
  // An offer rolls this side's own back first (perfect negotiation).
  "have-local-offer": { offer: "have-remote-offer", answer: "stable", pranswer: "have-remote-pranswer" },
  "have-remote-offer": { offer: "have-remote-offer", rollback: "stable" },
  "have-local-pranswer": {},
  "have-remote-pranswer": { answer: "stable", pranswer: "have-remote-pranswer" },
};

/** What a local description does. */
export const setLocal: Readonly<Record<SignalingState, SignalingStep>> = {
  stable: { offer: "have-local-offer" },
  "have-local-offer": { offer: "have-local-offer", rollback: "stable" },
  "have-remote-offer": { answer: "stable", pranswer: "have-local-pranswer" },
  "have-local-pranswer": { answer: "stable", pranswer: "have-local-pranswer" },
  "have-remote-pranswer": {},
};
