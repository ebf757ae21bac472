/** What a cause says of every connection that has it. */
export interface ConnectionCauseEntry {
  readonly meaning: string;
  /** What to do about it, in general; an explanation says it for its own connection. "" where nothing is to be done. */
  readonly remedy: string;
  /** The connection works, is on its way, or ended since somebody wanted it to. */
  readonly isWell: boolean;
}

/** Why a connection is as it is. The list is closed: a program may switch over it. */
const table = {
  connected: { meaning: "The connection works.", remedy: "", isWell: true },
  slow: {
    meaning: "The connection works, but took long to come up; the explanation says which part of it.",
    remedy: "Look at the longest phase.",
    isWell: true,
  },
  connecting: { meaning: "The connection is on its way, and nothing is late.", remedy: "", isWell: true },
  "never-offered": {
    meaning: "There is no peer connection, since the client has not sent an offer; it may not want one.",
    remedy: "If it should have one, have the client send an offer.",
    isWell: true,
  },
  left: { meaning: "The client ended it.", remedy: "", isWell: true },
  "closed-by-program": {
    meaning: "The program on the node, or the operator, closed it.",
    remedy: "",
    isWell: true,
  },
  kicked: {
    meaning: "The program on the node, or the operator, put the client out of its room.",
    remedy: "",
    isWell: true,
  },
  moved: {
    meaning: "The client went on at another node, since this one drained or the client came back there.",
    remedy: "",
    isWell: true,
  },
  "udp-blocked": {
    meaning: "Both sides named addresses, and no packet got through between them.",
    remedy:
      "Let UDP in to the node's --udp-ports and TCP to its --tcp-ports, have --announce-ip be its public address, and configure a TURN server with --ice-servers for networks that block both.",
    isWell: false,
  },
  "one-way": {
    meaning: "Packets of the client reach the node, but no answer comes back to the client.",
    remedy: "Let UDP out of the node's network, from its --udp-ports to any address.",
    isWell: false,
  },
  "wrong-announce-ip": {
    meaning: "The addresses that the node announces cannot be reached from where the client is.",
    remedy: "Set --announce-ip to the address under which clients reach the node.",
    isWell: false,
  },
  "client-hidden": {
    meaning:
      "The client named only mDNS names, which nobody outside of its network can look up, and did not reach the node either.",
    remedy:
      "Let UDP or TCP in to the node, or configure a TURN server with --ice-servers; browsers show their addresses once a page may use the camera.",
    isWell: false,
  },
  "only-relay": {
    meaning: "The client named only addresses of a TURN server, and that one did not reach the node.",
    remedy: "Let the TURN server send UDP to the node, or configure one with --ice-servers that can.",
    isWell: false,
  },
  "candidates-missing": {
    meaning: "The client told the node no candidate, and did not reach it either.",
    remedy:
      "Have the client send each candidate of its `icecandidate` event, or send the offer when gathering is complete.",
    isWell: false,
  },
  "turn-refused": {
    meaning: "A TURN server of --ice-servers refused the node: the credentials are wrong or have run out.",
    remedy: "Correct username and credential in --ice-servers, or the secret on the TURN server.",
    isWell: false,
  },
  "turn-unreachable": {
    meaning: "A server of --ice-servers did not answer the node.",
    remedy: "Check that its URL is right, that it runs, and that the node's network lets UDP or TCP out to it.",
    isWell: false,
  },
  "certificate-mismatch": {
    meaning: "The client's DTLS certificate is not the one whose fingerprint its description names.",
    remedy:
      "Send the description as the browser made it, from the same peer connection; look for something that changes it on the way.",
    isWell: false,
  },
  "dtls-refused": {
    meaning: "The DTLS handshake was begun and ended with an error.",
    remedy: "Have the client take the node's description as it was sent, and a DTLS 1.2 that knows ECDHE and AES-GCM.",
    isWell: false,
  },
  "dtls-unanswered": {
    meaning: "A way between client and node works, but the client did not finish the DTLS handshake.",
    remedy:
      "Look for a VPN or a firewall that drops large UDP packets; check that the client did not stop after its answer.",
    isWell: false,
  },
  "answer-missing": {
    meaning: "The client has not answered an offer of the node.",
    remedy:
      "Have the client answer each `offer` message with setRemoteDescription, createAnswer, setLocalDescription and an `answer`.",
    isWell: false,
  },
  "glare-unsettled": {
    meaning: "Client and node offered at the same time, and the client neither answered nor took its own offer back.",
    remedy: "Have the client be the polite side of perfect negotiation: roll its own offer back and answer the node's.",
    isWell: false,
  },
  "bad-description": {
    meaning: "A session description of the client could not be used.",
    remedy: "Send the description as the browser made it; the explanation says what is wrong with it.",
    isWell: false,
  },
  "codec-mismatch": {
    meaning: "A media section was rejected: the sides have no codec in common for it.",
    remedy: "Offer a codec that the node takes: Opus, PCMU or PCMA; VP8, VP9, H264 or AV1.",
    isWell: false,
  },
  "consent-lost": {
    meaning: "The connection worked, then nothing came from the client any more, though its socket was open.",
    remedy: "A change of the client's network does that: have the client restart ICE when it is disconnected.",
    isWell: false,
  },
  "client-gone": {
    meaning: "The client went away without a word: its socket broke, and it did not come back.",
    remedy: "Look at the client: it crashed, slept, or lost its network.",
    isWell: false,
  },
  "slow-consumer": {
    meaning: "The client did not read what it was sent on its socket, and was closed.",
    remedy:
      "Look at the client's network and at what blocks its main thread; send it less, or raise --slow-consumer-timeout-ms or --max-queued-bytes.",
    isWell: false,
  },
  abuse: {
    meaning: "The client sent a frame that was too large, or too many bad messages, and was closed.",
    remedy: "Correct the client; the errors that it was told say what was wrong.",
    isWell: false,
  },
  "join-refused": {
    meaning: "The client asked to enter a room and was refused.",
    remedy: "The explanation says the code and the reason that the client was told.",
    isWell: false,
  },
  "resume-refused": {
    meaning: "The client wanted to go on with a session that is over, or its token has run out.",
    remedy: "Have the client join anew when it gets `session-gone`.",
    isWell: false,
  },
  "node-drained": {
    meaning: "The node stopped, and the client had not gone on at another one.",
    remedy: "Have the client connect again when it gets `migrate`, `shutting-down` or the close code 1012.",
    isWell: false,
  },
  "node-lost": {
    meaning: "The node that the client was on is gone without a word.",
    remedy: "Look at that node: its process or its machine ended, or it was cut off from NATS.",
    isWell: false,
  },
  overloaded: {
    meaning: "The node had no UDP port free, or no room for one more.",
    remedy:
      "Widen --udp-ports or give it one port, which all clients share; raise the limit that the error names; or add nodes.",
    isWell: false,
  },
  "node-slow": {
    meaning: "A step of the negotiation took the node, or the program on it, longer than --engine-timeout-ms.",
    remedy: "Look at the node's CPU and at what the program on it does when a client offers.",
    isWell: false,
  },
  "node-fault": {
    meaning: "The server's side ended by a fault of the server or of the program on it.",
    remedy: "The node's log has the error and the last transitions: report it.",
    isWell: false,
  },
  unknown: {
    meaning: "It is not well, and nothing that is recorded says why.",
    remedy: "Look at the record; if its beginning is missing, raise --max-recorded-events.",
    isWell: false,
  },
} as const satisfies Record<string, ConnectionCauseEntry>;

/** A code of the closed list {@linkcode connectionCauses}. */
export type ConnectionCause = keyof typeof table;

/** The closed list of causes. */
export const connectionCauses: Readonly<Record<ConnectionCause, ConnectionCauseEntry>> = table;

/** Whether `code` is one of the list. */
export function isConnectionCause(code: string): code is ConnectionCause {
  return Object.hasOwn(table, code);
}
