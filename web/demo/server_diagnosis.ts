import { complaintFindings } from "./complaint_diagnosis.ts";
import { deadlineText } from "./deadline.ts";
import { type Facts, isServerStopping } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** What is wrong with the way to the server itself: its socket, its words, its silence. The worst of it is enough. */
export function serverFindings(facts: Facts): readonly Finding[] {
  // A server that says goodbye may hang up afterwards: that is no second problem.
  if (facts.bye !== null) return [serverLeft(facts.bye.reason)];
  if (isServerStopping(facts)) return [serverStopped(facts)];
  const said = complaintFindings(facts);
  if (facts.close !== null) {
    // What a closed socket means is known when the server was asked over HTTP, moments later.
    if (facts.hasServerAnswered === null) return said;
    return facts.hasServerAnswered && said.length > 0 ? said : [socketClosed(facts, facts.close)];
  }
  if (facts.overdue.includes("socket")) return [socketOverdue];
  return facts.overdue.includes("answer") && said.length === 0 ? [noAnswer] : said;
}

function serverStopped(facts: Facts): Finding {
  const code = facts.close === null ? "" : ` (code ${facts.close.code})`;
  return {
    code: "server-stopped",
    severity: "error",
    title: "The server is being stopped or restarted.",
    why: `It said so and ended the connection${code}.`,
    remedy: "Wait until it runs again, then start the test again. In a cluster, another node answers at once.",
  };
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
  why: `For ${deadlineText("socket")} it was neither opened nor refused. Most often a proxy or a firewall swallows it.`,
  remedy: "Try without VPN or proxy, or from another network.",
};

const noAnswer: Finding = {
  code: "no-answer",
  severity: "error",
  title: "The server has not answered the offer.",
  why: `The WebSocket is open, but for ${deadlineText("answer")} no answer came. The server may be overloaded or stuck.`,
  remedy: "Stop and start the test again. If it stays, the server's log says what it does.",
};
