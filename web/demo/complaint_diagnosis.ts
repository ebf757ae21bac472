import type { ErrorCode } from "../../protocol/signalbox_error.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const again = "Stop and start the test again.";
const reload = "Reload the page: it may be older than the server.";

/** What the codes that an echo test can meet mean for the person; any other is shown with the server's own words. */
const words: Readonly<Partial<Record<ErrorCode, readonly [why: string, remedy: string]>>> = {
  "bad-json": ["It could not read what this page sent.", reload],
  "bad-message": ["It did not understand what this page sent.", reload],
  "bad-sdp": [
    "It could not use your browser's session description.",
    "Try another browser. If it stays, whoever runs the server should know.",
  ],
  "bad-candidate": ["It could not use one of your browser's addresses.", "If the test connects all the same, nothing."],
  "bad-state": ["Browser and server were not at the same step of the negotiation.", again],
  "rate-limited": ["This page sent more than it takes.", "Wait a few seconds, then start the test again."],
  "negotiation-timeout": ["A step of the negotiation took too long.", again],
  "peer-crashed": ["Its side of this connection ended by a fault of its own.", again],
  overloaded: ["It holds as many sessions as it may.", "Wait a minute, then start the test again."],
  "frame-too-large": ["This page sent a frame longer than it takes.", reload],
  "too-many-errors": ["It hung up after too many errors.", reload],
};

/** What the page finds out by itself, and explains better than the server can from its side. */
const judgedHere: readonly string[] = ["ice-failed", "dtls-failed"] satisfies readonly ErrorCode[];

/** What the server complained about, if it did: while the connection is up, only a warning. */
export function complaintFindings(facts: Facts): readonly Finding[] {
  if (facts.complaint === null || judgedHere.includes(facts.complaint.code)) return [];
  const { code, message } = facts.complaint;
  const [why, remedy] = isKnown(code) ? (words[code] ?? unknown) : unknown;
  const isUp = facts.states.connection === "connected" && facts.close === null;
  return [
    {
      code: "server-error",
      severity: isUp ? "warning" : "error",
      title: `The server reported an error: ${code === "" ? "no code" : code}.`,
      why: [why, message === "" ? "" : `In its own words: “${message}”.`].filter((part) => part !== "").join(" "),
      remedy,
    },
  ];
}

const unknown = ["", "Stop and start the test again. If it stays, the server's log says more."] as const;

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(words, code);
}
