import { durationText } from "./duration_text.ts";
import { type Facts, isServerStopping } from "./facts.ts";

/** What a state means at a glance: the colors of the page. */
export type Tone = "idle" | "working" | "good" | "warn" | "bad";

/** The one sentence that says where the test stands. */
export interface Status {
  readonly text: string;
  readonly tone: Tone;
}

/** Says where a test stands; `socketAtMs` is when the socket began to open, from where connecting is counted. */
export function statusOf(facts: Facts, socketAtMs: number): Status {
  if (facts.phase === "idle") return { text: "Ready when you are.", tone: "idle" };
  if (facts.phase === "ended") return ended(facts);
  return trouble(facts) ?? (facts.states.connection === "connected" ? connected(facts, socketAtMs) : progress(facts));
}

const gone: Status = { text: "The server is gone.", tone: "bad" };

/** What is wrong, where something is: the problems below the status say more. */
function trouble(facts: Facts): Status | null {
  const { states } = facts;
  if (facts.close !== null && facts.hasServerAnswered === false) return gone;
  if (states.dtls === "closed") return { text: "The connection was closed.", tone: "bad" };
  const complaint = facts.complaint?.code;
  const hasServerFailed = complaint === "ice-failed" || complaint === "dtls-failed";
  if (hasServerFailed || states.dtls === "failed" || states.ice === "failed" || states.connection === "failed") {
    return { text: facts.firstConnectedAtMs === null ? "Could not connect." : "The connection is lost.", tone: "bad" };
  }
  if (states.ice === "disconnected" || states.connection === "disconnected") {
    return { text: "Interrupted. Waiting for packets…", tone: "warn" };
  }
  if (states.connection === "connected") return null;
  if (facts.negotiationFailure !== null) return { text: "Could not connect.", tone: "bad" };
  if (facts.complaint !== null) return { text: "Not connected: the server reported an error.", tone: "bad" };
  return facts.overdue.length > 0 ? { text: "Not connected. Still trying…", tone: "warn" } : null;
}

/** The next step on the way to a connection. */
function progress({ camera, states, hasAnswer }: Facts): Status {
  const working = (text: string): Status => ({ text, tone: "working" });
  if (camera === "asked") return working("Waiting for the camera. Please allow it in your browser.");
  if (states.socket !== "open") return working("Calling the server…");
  if (states.dtls === "connecting") return working("A way was found. Agreeing on encryption keys…");
  if (states.ice === "checking" || hasAnswer) return working("Looking for a way through the network…");
  if (states.signaling === "have-local-offer") return working("Offer sent. Waiting for the server's answer…");
  return working("Preparing the offer…");
}

function connected(facts: Facts, socketAtMs: number): Status {
  if (facts.overdue.includes("pong")) return { text: "Connected, but nothing comes back.", tone: "warn" };
  const after = durationText((facts.firstConnectedAtMs ?? socketAtMs) - socketAtMs);
  const hasPicture = facts.returned.includes("picture") && !facts.overdue.includes("picture");
  const data = facts.returned.includes("pong") ? " Messages come back." : "";
  const isWell = facts.close === null && facts.overdue.length === 0;
  return {
    text: `Connected in ${after}.${hasPicture ? " Your picture comes back." : data}`,
    tone: isWell ? "good" : "warn",
  };
}

function ended(facts: Facts): Status {
  if (facts.endCause === "lost" && isServerStopping(facts)) return { text: "The server was stopped.", tone: "bad" };
  if (facts.endCause === "lost" && facts.hasServerAnswered === false) return gone;
  if (facts.endCause === "lost") return { text: "The test has ended.", tone: "bad" };
  if (facts.firstConnectedAtMs === null) return { text: "Stopped before it was connected.", tone: "idle" };
  const span = durationText((facts.endedAtMs ?? facts.firstConnectedAtMs) - facts.firstConnectedAtMs);
  return { text: `Stopped after ${span}.`, tone: "idle" };
}
