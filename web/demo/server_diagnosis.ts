import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** What is wrong with the way to the server itself: its socket, its words, its silence. */
export function serverFindings(facts: Facts): readonly Finding[] {
  const found: Finding[] = [];
  if (facts.bye !== null) found.push(serverLeft(facts.bye.reason));
  if (facts.complaint !== null) found.push(serverComplained(facts.complaint.code, facts.complaint.message));
  // A server that says goodbye may hang up afterwards: that is no second problem.
  // What a closed socket means is known when the server was asked over HTTP, moments later.
  const isJudged = facts.close !== null && facts.bye === null && facts.hasServerAnswered !== null;
  if (isJudged) found.push(socketClosed(facts, facts.close));
  if (facts.overdue.includes("socket")) found.push(socketOverdue);
  if (facts.overdue.includes("answer") && facts.close === null && facts.bye === null) found.push(noAnswer);
  return found;
}

function serverLeft(reason: string): Finding {
  return {
    code: "server-left",
    severity: "error",
    title: "The server ended this test.",
    why: reason === "" ? "It said goodbye and gave no reason." : `It said goodbye, with this reason: “${reason}”.`,
    remedy: "Start the test again. If the server is being stopped or updated, wait a moment first.",
  };
}

/** What the codes that an echo test can meet mean for the person; any other is shown with the server's own words. */
const complaints: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
  "bad-json": ["It could not read what this page sent.", "Reload the page: it may be older than the server."],
  "bad-message": ["It did not understand what this page sent.", "Reload the page: it may be older than the server."],
  "bad-sdp": [
    "It could not use your browser's session description.",
    "Try another browser. If it stays, whoever runs the server should know.",
  ],
  "rate-limited": ["This page sent more than it takes.", "Wait a few seconds, then start the test again."],
  forbidden: ["It does not allow this here.", "Ask whoever runs the server for access."],
};

function serverComplained(code: string, message: string): Finding {
  const [why, remedy] = complaints[code] ?? ["", "Start the test again. If it stays, its log says more."];
  return {
    code: "server-error",
    severity: "error",
    title: `The server reported an error: ${code === "" ? "no code" : code}.`,
    why: [why, message === "" ? "" : `In its own words: “${message}”.`].filter((part) => part !== "").join(" "),
    remedy,
  };
}

function socketClosed(facts: Facts, close: NonNullable<Facts["close"]>): Finding {
  const isUp = facts.phase === "running" && facts.states.connection === "connected";
  const said = close.reason === "" ? `code ${close.code}` : `code ${close.code}, “${close.reason}”`;
  if (facts.hasServerAnswered === false) return serverGone(facts, isUp);
  if (!facts.hadSocket) {
    return {
      code: "socket-unreachable",
      severity: "error",
      title: "The WebSocket to the server could not be opened.",
      why: "The server answers over HTTP, so something between you and it does not let WebSockets pass, or it refuses them.",
      remedy: "Check proxies, VPNs and extensions. A reverse proxy must forward the Upgrade header for /ws.",
    };
  }
  if (close.code >= 4400 && close.code < 4500) {
    return {
      code: "socket-refused",
      severity: "error",
      title: "The server hung up on this page.",
      why: `It closed the WebSocket for a reason of its own (${said}).`,
      remedy: "Wait a moment, then start the test again. The server's log says more.",
    };
  }
  return {
    code: "socket-lost",
    severity: isUp ? "warning" : "error",
    title: "The WebSocket to the server was closed.",
    why: isUp
      ? `Media and messages still travel, but nothing can be negotiated any more (${said}).`
      : `The connection did not outlast it (${said}). The server itself answers, so it may have been restarted.`,
    remedy: "Start the test again.",
  };
}

function serverGone(facts: Facts, isUp: boolean): Finding {
  const has = facts.hadSocket ? "went away" : "cannot be reached";
  return {
    code: "server-gone",
    severity: "error",
    title: `The server ${has}.`,
    why: `${facts.hadSocket ? "It closed its WebSocket and does" : "It does"} not answer over HTTP either: it was stopped, or your network was cut.${
      isUp ? " What still moves will stop within seconds." : ""
    }`,
    remedy: "Check your network. When the server runs again, start the test again.",
  };
}

const socketOverdue: Finding = {
  code: "socket-overdue",
  severity: "error",
  title: "The WebSocket to the server does not open.",
  why: "For 10 seconds it was neither opened nor refused. Most often a proxy or a firewall swallows it.",
  remedy: "Try without VPN or proxy, or from another network.",
};

const noAnswer: Finding = {
  code: "no-answer",
  severity: "error",
  title: "The server has not answered the offer.",
  why: "The WebSocket is open, but for 10 seconds no answer came. The server may be overloaded or stuck.",
  remedy: "Stop and start the test again. If it stays, the server's log says what it does.",
};
