/** What an offer of a client without any engine says. */
export interface RawOfferOptions {
  /** Candidate lines without `a=`. */
  readonly candidates?: readonly string[];
  readonly usernameFragment?: string;
}

/** An offer of a data channel by a client that has no ICE agent: whatever the node sends to its candidates gets no answer. */
export function rawOffer({ candidates = [], usernameFragment = "rawfragment" }: RawOfferOptions = {}): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    `a=ice-ufrag:${usernameFragment}`,
    "a=ice-pwd:secretpasswordsecretpassword",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
    "a=setup:actpass",
    "a=sctp-port:5000",
    ...candidates.map((candidate) => `a=${candidate}`),
    "",
  ].join("\r\n");
}

/** A candidate line of an address, `host` by default. */
export function candidateLine(address: string, type: "host" | "srflx" | "relay" = "host", port = 50_000): string {
  const related = type === "host" ? "" : " raddr 0.0.0.0 rport 0";
  return `candidate:1 1 udp 2122260223 ${address} ${port} typ ${type}${related}`;
}
