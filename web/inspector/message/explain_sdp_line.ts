import { endpointWords, parseIceCandidate } from "./ice_candidate.ts";
import type { SdpLine, SdpSection } from "./sdp.ts";

type Explain = (value: string, section: SdpSection) => string;

/** What a line says, in a sentence or two; null for lines that say nothing worth one. */
export function explainSdpLine(line: SdpLine, section: SdpSection): string | null {
  return explanations.get(line.name)?.(line.value, section) ?? null;
}

const words = (value: string) => value.trim().split(/\s+/);

/** "VP8" of a payload type, as the section itself says (RFC 8866, 6.6). */
function codecOf(payloadType: string, { lines }: SdpSection): string {
  const found = lines.find(({ name, value }) => name === "rtpmap" && value.startsWith(`${payloadType} `));
  return found === undefined ? `payload type ${payloadType}` : (words(found.value)[1]?.split("/")[0] ?? payloadType);
}

const setups: Readonly<Record<string, string>> = {
  actpass: "either one; the answer decides",
  active: "the DTLS client: it sends the first handshake message",
  passive: "the DTLS server: it waits for the first handshake message",
  holdconn: "nobody for now",
};

const feedback: Readonly<Record<string, string>> = {
  nack: "asks for lost packets again",
  "nack pli": "asks for a key frame when a picture is lost",
  "ccm fir": "asks for a key frame for a new viewer",
  "transport-cc": "reports when each packet arrived, which the sender's bandwidth estimate needs",
  "goog-remb": "tells the receiver's own bandwidth estimate",
};

const headers: readonly (readonly [RegExp, string])[] = [
  [/sdes:mid$/, "the mid of the section that a packet belongs to"],
  [/repaired-rtp-stream-id$/, "the layer that a repair packet is for"],
  [/sdes:rtp-stream-id$/, "the simulcast layer (rid) that a packet belongs to"],
  [/ssrc-audio-level$/, "how loud a packet is (RFC 6464)"],
  [/abs-send-time$/, "when a packet was sent"],
  [/transport-wide-cc/, "the number of a packet among all of the transport, for the bandwidth estimate"],
  [/dependency-descriptor/, "which frames a frame depends on"],
];

const explanations: ReadonlyMap<string, Explain> = new Map<string, Explain>([
  [
    "o",
    (value) =>
      `Who wrote it: session ${words(value)[1] ?? ""}, version ${words(value)[2] ?? ""}. The version grows with each description that differs.`,
  ],
  ["group", (value) => bundleWords(words(value))],
  ["m", mediaWords],
  ["mid", (value) => `The name of this section: ${value}. Tracks, candidates and the BUNDLE group name it by this.`],
  [
    "ice-ufrag",
    (value) =>
      `ICE user name fragment ${value}: it begins each connectivity check. Another one than before means that ICE restarts.`,
  ],
  ["ice-pwd", () => "The password that connectivity checks are signed with. It is never shown."],
  [
    "ice-options",
    (value) =>
      words(value).includes("trickle")
        ? "Candidates may come later, each when it is found (trickle ICE)."
        : `Extensions of ICE: ${value}.`,
  ],
  ["ice-lite", () => "This side only answers connectivity checks."],
  [
    "fingerprint",
    (value) =>
      `The ${words(value)[0] ?? ""} hash of the certificate: a DTLS handshake with another certificate is refused.`,
  ],
  ["setup", (value) => `In the DTLS handshake this side is ${setups[value] ?? value}.`],
  ["rtpmap", rtpmapWords],
  ["fmtp", (value, section) => fmtpWords(value, section)],
  [
    "rtcp-fb",
    (value, section) => {
      const [payloadType = "", ...kind] = words(value);
      const codec = payloadType === "*" ? "All codecs" : codecOf(payloadType, section);
      return `${codec}: ${feedback[kind.join(" ")] ?? `feedback ${kind.join(" ")}`}.`;
    },
  ],
  ["ssrc", (value) => `Packets with SSRC ${words(value)[0] ?? ""} belong to this section.`],
  [
    "ssrc-group",
    (value) => {
      const [kind = "", ...ids] = words(value);
      if (kind === "FID") return `${ids.slice(1).join(", ")} repeats lost packets of ${ids[0] ?? ""} (RTX).`;
      return kind === "SIM"
        ? `${ids.join(", ")} are layers of one picture.`
        : `${ids.join(", ")} belong together: ${kind}.`;
    },
  ],
  ["simulcast", (value) => simulcastWords(value)],
  [
    "rid",
    (value) => {
      const [name = "", direction = "", ...rest] = words(value);
      const bounds = rest.length === 0 ? "" : `, within ${rest.join(" ")}`;
      return `Simulcast layer ${name}, ${direction === "send" ? "sent" : "received"} by this side${bounds}.`;
    },
  ],
  [
    "candidate",
    (value) => {
      const candidate = parseIceCandidate(value);
      if (candidate === null) return "A candidate that cannot be read.";
      const { type, protocol, address, port } = candidate;
      return `${candidateTypeWords(type)} Reached at ${endpointWords(address, port)} over ${protocol.toUpperCase()}.`;
    },
  ],
  ["end-of-candidates", () => "No more candidates follow for this section."],
  [
    "extmap",
    (value) => {
      const uri = words(value)[1] ?? "";
      const known = headers.find(([pattern]) => pattern.test(uri))?.[1];
      return `Header extension ${words(value)[0] ?? ""} of packets: ${known ?? uri}.`;
    },
  ],
  ["msid", (value) => `The track ${words(value)[1] ?? ""} of the stream ${words(value)[0] ?? ""}.`],
  ["rtcp-mux", () => "RTP and RTCP share one port."],
  ["rtcp-rsize", () => "Feedback may be sent in short packets (RFC 5506)."],
  ["bundle-only", () => "Port 0 is no rejection here: this section uses the transport of its BUNDLE group."],
  ["sctp-port", (value) => `Data channels use SCTP port ${value}, inside of DTLS.`],
  [
    "max-message-size",
    (value) =>
      value === "0"
        ? "Data channel messages may be of any size."
        : `Data channel messages may have up to ${value} bytes.`,
  ],
  ["sendrecv", () => "This side sends and receives."],
  ["sendonly", () => "This side sends and does not receive."],
  ["recvonly", () => "This side receives and does not send."],
  ["inactive", () => "This side neither sends nor receives."],
  ["crypto", () => "An SRTP key in the clear (SDES), which WebRTC forbids. It is never shown."],
]);

/** What kind of address a candidate is, in a sentence. */
export function candidateTypeWords(type: string): string {
  const kinds: Readonly<Record<string, string>> = {
    host: "An address of its own interface.",
    srflx: "Its address as a STUN server sees it, outside of a NAT.",
    prflx: "Its address as the other side saw it in a check.",
    relay: "An address at a TURN server, which passes packets on.",
  };
  return kinds[type] ?? `A candidate of type ${type}.`;
}

function bundleWords([kind = "", ...mids]: readonly string[]): string {
  if (kind !== "BUNDLE") return `Sections ${mids.join(", ")} belong together: ${kind}.`;
  return mids.length === 0 ? "No section is bundled." : `Sections ${mids.join(", ")} share one transport (BUNDLE).`;
}

function mediaWords(value: string, section: SdpSection): string {
  const [kind = "", port = "", , ...formats] = words(value);
  const codecs =
    kind === "application"
      ? ""
      : ` Codecs, best first: ${[...new Set(formats.map((each) => codecOf(each, section)))].join(", ")}.`;
  if (section.isRejected) return `A section of ${kind} that is rejected or has ended: port 0.`;
  return `A section of ${kind}. ${port === "9" ? "Port 9 means that candidates say where." : `Port ${port}.`}${codecs}`;
}

function rtpmapWords(value: string): string {
  const [payloadType = "", format = ""] = words(value);
  const [codec = "", rate = "", channels] = format.split("/");
  const also = channels === undefined || channels === "1" ? "" : `, ${channels} channels`;
  return `Packets of payload type ${payloadType} hold ${codec} with a clock of ${rate} Hz${also}.`;
}

function fmtpWords(value: string, section: SdpSection): string {
  const [payloadType = "", ...rest] = words(value);
  const parameters = rest.join(" ");
  const repaired = /^apt=(\d+)/.exec(parameters)?.[1];
  if (repaired !== undefined)
    return `Repeats lost packets of ${codecOf(repaired, section)} (payload type ${repaired}).`;
  return `How ${codecOf(payloadType, section)} is to be used: ${parameters
    .split(";")
    .map((each) => each.trim())
    .join(", ")}.`;
}

function simulcastWords(value: string): string {
  const parts = [...value.matchAll(/(send|recv) (\S+)/g)].map(([, direction, list = ""]) => {
    const layers = list.split(";").map((each) => (each.startsWith("~") ? `${each.slice(1)} (paused)` : each));
    return `${direction === "send" ? "sends" : "receives"} the layers ${layers.join(", ")}`;
  });
  return parts.length === 0 ? "Simulcast." : `Simulcast: this side ${parts.join(" and ")}.`;
}
