import { cameraFinding } from "./camera_diagnosis.ts";
import { deadlineText } from "./deadline.ts";
import { durationText } from "./duration_text.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { iceFinding } from "./ice_diagnosis.ts";
import { serverFindings } from "./server_diagnosis.ts";

const rank: Readonly<Record<Finding["severity"], number>> = { error: 0, warning: 1, note: 2 };

/**
 * Says in plain words what is wrong with a test, what matters most first; nothing where all is well. Pure: the same
 * facts always give the same words.
 */
export function diagnose(facts: Facts): readonly Finding[] {
  if (facts.phase === "idle") return [];
  if (!facts.hasWebRtc) return [noWebRtc];
  const found = [...serverFindings(facts), ...connectionFindings(facts), cameraFinding(facts)];
  return found.filter((one) => one !== null).sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function connectionFindings(facts: Facts): readonly (Finding | null)[] {
  const { states } = facts;
  if (facts.negotiationFailure !== null) return [negotiationFailed(facts.negotiationFailure)];
  // With the server gone, the rest is only how that looks from here.
  if (facts.close !== null || facts.bye !== null) return [];
  if (states.dtls === "closed") return [closedByServer];
  const complaint = facts.complaint?.code;
  if (states.dtls === "failed" || complaint === "dtls-failed") return [dtlsFailed];
  if (states.ice === "failed" || states.connection === "failed" || complaint === "ice-failed") {
    return [facts.firstConnectedAtMs === null ? iceFinding(facts) : lost(facts)];
  }
  if (states.ice === "disconnected" || states.connection === "disconnected") return [interrupted(facts)];
  if (states.connection !== "connected") return facts.overdue.includes("way") ? [notConnectedYet(facts)] : [];
  return [
    facts.overdue.includes("pong") ? noPong : null,
    facts.overdue.includes("picture") && facts.camera === "open" ? noPicture : null,
  ];
}

/** Browsers take long to call an attempt failed, and some never do. */
function notConnectedYet(facts: Facts): Finding {
  return facts.states.dtls === "connecting" ? dtlsOverdue : iceFinding(facts);
}

const noWebRtc: Finding = {
  code: "no-webrtc",
  severity: "error",
  title: "This browser has no WebRTC.",
  why: "It is too old, or WebRTC was switched off by a setting, an extension or a policy.",
  remedy: "Use a current Chrome, Edge, Firefox or Safari, or switch WebRTC on again.",
};

function negotiationFailed(detail: string): Finding {
  return {
    code: "negotiation-failed",
    severity: "error",
    title: "Your browser could not use the session description.",
    why: `Browser and server did not agree on what to send. The browser says: “${detail}”.`,
    remedy: "Try another browser. If it stays, the sentence above belongs into a bug report.",
  };
}

const dtlsFailed: Finding = {
  code: "dtls-failed",
  severity: "error",
  title: "A way was found, but the encryption could not be agreed on.",
  why: "The DTLS handshake failed: the server's certificate is not the one it announced, or something on the way changed or dropped its packets.",
  remedy: "Stop and start the test again. If it stays, try another network; the server's log says more.",
};

const dtlsOverdue: Finding = {
  code: "dtls-overdue",
  severity: "error",
  title: "A way was found, but agreeing on the encryption does not end.",
  why: "The DTLS handshake has not finished in time. Something on the way may let small packets pass and drop large ones.",
  remedy: "Try without VPN, or from another network; the server's log says more.",
};

const closedByServer: Finding = {
  code: "connection-closed",
  severity: "error",
  title: "The server closed the connection.",
  why: "Its encryption layer said so (DTLS close); no word about the reason came over the WebSocket.",
  remedy: "Stop and start the test again. If it stays, the server's log says more.",
};

function interrupted(facts: Facts): Finding {
  return {
    code: "connection-interrupted",
    severity: "warning",
    title: "The connection is interrupted.",
    why: `${uptimeText(facts)}then packets stopped coming. The browser keeps trying and often recovers by itself.`,
    remedy: "Wait a few seconds. After a change of network, “Restart ICE” looks for a new way at once.",
  };
}

function lost(facts: Facts): Finding {
  return {
    code: "connection-lost",
    severity: "error",
    title: "The connection is lost.",
    why: `${uptimeText(facts)}then no way to the server was left. The WebSocket is still open.`,
    remedy: "“Restart ICE” looks for a new way. If it finds none, stop and start the test again.",
  };
}

function uptimeText(facts: Facts): string {
  const { firstConnectedAtMs, interruptedAtMs } = facts;
  if (firstConnectedAtMs === null || interruptedAtMs === null) return "It was up, ";
  return `It was up for ${durationText(interruptedAtMs - firstConnectedAtMs)}, `;
}

const noPong: Finding = {
  code: "data-not-returned",
  severity: "warning",
  title: "Messages do not come back.",
  why: `The connection is up, but for ${deadlineText("pong")} no ping returned. The server may be overloaded, or packets are being lost.`,
  remedy: "Wait a moment; if it stays, stop and start the test again.",
};

const noPicture: Finding = {
  code: "picture-not-returned",
  severity: "warning",
  title: "Your picture does not come back.",
  why: `The connection is up, but for ${deadlineText("picture")} no picture came. Browser and server may not share a video codec, or the server does not echo media.`,
  remedy: "Try another browser; the server's log says which codecs it took.",
};
