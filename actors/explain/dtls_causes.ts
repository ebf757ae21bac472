import type { ConnectionFacts } from "./connection_facts.ts";
import { durationText } from "./duration_text.ts";
import type { Facts, Rule } from "./finding.ts";
import { lateMs } from "./ice_trouble.ts";
import { evidenceOf, textOf } from "./moment.ts";

// A way works, and the encryption could not be agreed on.

const securing: Rule = (facts) => {
  const trouble = dtlsTroubleOf(facts);
  if (trouble === undefined) return undefined;
  const { connection, since, until, failed } = trouble;
  const reached = connection.connectivity.find(
    ({ event, after }) => event.type === "ice.changed" && textOf(after?.value, "ice") === "connected",
  );
  const evidence = [
    ...(reached === undefined ? [] : [evidenceOf(reached, "ICE found a way")]),
    ...(failed === undefined ? [] : [evidenceOf(failed, "DTLS failed")]),
  ];
  const reason = textOf(failed?.event, "reason");
  if (reason === "certificate-mismatch") {
    return {
      cause: "certificate-mismatch",
      likelihood: "certain",
      summary:
        "The client's certificate is not the one whose fingerprint its description names, so the node ended the connection: either the description was changed on its way, or somebody else answered.",
      remedy:
        "Have the client send the description of the very peer connection that it uses, unchanged (`a=fingerprint`). Two peer connections that share one socket do this too. If the client is right, somebody is on the way.",
      evidence,
      neverCame: ["a certificate that matches the fingerprint"],
    };
  }
  if (failed !== undefined && failed.event.type === "dtls.changed") {
    return {
      cause: "dtls-refused",
      likelihood: "certain",
      summary: `A way between client and node works, but the DTLS handshake ended with an error after ${durationText((until ?? facts.now) - since)}${reason === "" ? "" : ` (${reason})`}.`,
      remedy:
        "Have the client use the node's description unchanged (`a=fingerprint`, `a=setup`), and a DTLS 1.2 with ECDHE and AES-GCM. The client's own log says what it refused.",
      evidence,
      neverCame: ["the end of the DTLS handshake"],
      waitedFor: [{ what: "the DTLS handshake", since, until }],
    };
  }
  const outcome =
    until === undefined
      ? "and the node still waits"
      : failed === undefined
        ? connection.isGivenUp
          ? "then the client gave up"
          : "until it was closed"
        : "then the node gave up";
  return {
    cause: "dtls-unanswered",
    likelihood: "likely",
    summary: `A way between client and node works, but the client did not finish the DTLS handshake in ${durationText((until ?? facts.now) - since)}, ${outcome}.`,
    remedy: `Look for a VPN or a firewall that lets small packets pass and drops large ones (try a smaller MTU). ${roleText(connection)}`,
    evidence,
    neverCame: ["the end of the DTLS handshake"],
    waitedFor: [{ what: "the DTLS handshake", since, until }],
  };
};

export const dtlsCauses: readonly Rule[] = [securing];

/** Undefined where DTLS works, was not begun, or has not lasted for long. */
export function dtlsTroubleOf({ connection, now }: Facts) {
  if (connection === undefined) return undefined;
  const { dtls, ice, endedAt, ending } = connection;
  const at = dtls.findLastIndex(({ state }) => state === "connecting");
  const failure = dtls.find(({ state }) => state === "failed");
  const hasWorked = dtls.some(({ state }) => state === "connected");
  const since = dtls[at]?.from ?? ice.find(({ state }) => state === "connected")?.from ?? connection.startedAt;
  // What fails after it worked is the end of the connection, told by others.
  if (failure === undefined ? at < 0 || hasWorked : hasWorked) return undefined;
  const until = failure?.from ?? ending?.at ?? endedAt;
  // One that was given up took long as a whole.
  if (failure === undefined && !connection.isGivenUp && (until ?? now) - since < lateMs) return undefined;
  // Without a way there is no handshake.
  if (failure === undefined && ice.at(-1)?.state !== "connected") return undefined;
  return { connection, since, until, failed: failure?.moment };
}

/** Who begins the handshake, as the descriptions say (RFC 8842, 5). */
function roleText({ descriptions }: ConnectionFacts): string {
  const setupOf = (by: "client" | "node") =>
    /^a=setup:(\w+)/m.exec(descriptions.findLast((described) => described.by === by)?.sdp ?? "")?.[1];
  const [client, node] = [setupOf("client"), setupOf("node")];
  if (client !== undefined && client === node && client !== "actpass") {
    return `Client and node both say a=setup:${client}, so nobody begins, or both do: have the client choose the other role.`;
  }
  return node === "passive"
    ? "The client is to begin (the node said a=setup:passive): check that it took the node's answer and was not closed meanwhile."
    : "The node begins: check that the client was not closed meanwhile.";
}
