import type { Tone } from "../status_line.ts";
import type { NetworkFacts, PathFacts } from "./network_facts.ts";
import { isRelay, type PathKind, pathKinds } from "./path_kind.ts";
import { pathNames, sayPath } from "./path_words.ts";

/** What it all comes to: one sentence, and what to do. */
export interface Verdict {
  /** Stable and kebab-case, for tests and for a report. */
  readonly code: string;
  readonly tone: Tone;
  readonly text: string;
  readonly advice: readonly string[];
}

/** From this part of lost packets on, sound breaks up for people to hear. Ours. */
const audibleLoss = 0.03;
/** From this round trip on, people talk into each other's words (ITU-T G.114 asks for less than 400 ms one way at most). Ours. */
const tellingRoundTripMs = 400;

/** Says what the checks come to. Pure: the same facts always give the same words. */
export function verdictOn(facts: NetworkFacts): Verdict {
  if (facts.phase === "idle") return { code: "idle", tone: "idle", text: "Ready when you are.", advice: [] };
  if (!facts.hasWebRtc) return noWebRtc;
  if (facts.signaling.state === "failed") return noSignaling(facts);
  if (facts.phase === "running") return progress(facts);
  const best = bestPath(facts);
  if (best === undefined) return nothing(facts);
  const verdict = works(best, facts);
  return facts.isSecureContext ? verdict : withoutDevices(verdict, best);
}

/** The network is well, and still nobody can be seen or heard from here. */
function withoutDevices({ code, advice }: Verdict, best: PathKind): Verdict {
  return {
    code,
    tone: "warn",
    text: `Calls connect from here ${pathNames[best].short}, but this page may not ask for a camera or a microphone.`,
    advice: ["Browsers give none to a page that came by http. Open it by https, or on localhost.", ...advice],
  };
}

/** The first way that works, which is the one that a call would take. */
export function bestPath({ paths }: NetworkFacts): PathKind | undefined {
  return pathKinds.find((kind) => paths[kind].state === "works");
}

const noWebRtc: Verdict = {
  code: "no-webrtc",
  tone: "bad",
  text: "Calls will not work: this browser has no WebRTC.",
  advice: ["It is too old, or WebRTC was switched off. Use a current Chrome, Edge, Firefox or Safari."],
};

function noSignaling({ signaling }: NetworkFacts): Verdict {
  const isGone = signaling.hasServerAnswered === false;
  return {
    code: isGone ? "server-gone" : "no-signaling",
    tone: "bad",
    text: isGone
      ? "Calls will not work: the server cannot be reached."
      : "Calls will not work: no WebSocket to the server can be used.",
    advice: [
      isGone
        ? "Check your network. When the server runs again, check again."
        : "Check proxies, VPNs and extensions. A reverse proxy must forward the Upgrade header for /ws.",
    ],
  };
}

function progress({ signaling, paths }: NetworkFacts): Verdict {
  const ended = pathKinds.filter((kind) => !["waiting", "connecting", "measuring"].includes(paths[kind].state));
  const done = ended.length + (signaling.state === "works" ? 1 : 0);
  const text = `Checking the network… ${done} of ${pathKinds.length + 1} done.`;
  return { code: "running", tone: "working", text, advice: [] };
}

function works(best: PathKind, facts: NetworkFacts): Verdict {
  const quality = qualityAdvice(facts.paths[best]);
  const others = otherAdvice(best, facts);
  const { short } = pathNames[best];
  const code = `works-${best}`;
  if (best === "udp") {
    const tone = quality.length > 0 ? "warn" : "good";
    return { code, tone, text: `Calls will work from here: ${short}.`, advice: [...quality, ...others] };
  }
  const expect = {
    tcp: "expect stalls whenever a packet is lost",
    "relay-udp": "expect a little more delay",
    "relay-tcp": "expect more delay, and stalls whenever a packet is lost",
    "relay-tls": "expect more delay, and stalls whenever a packet is lost",
  }[best];
  const text = `Calls will work from here only ${short}: ${expect}.`;
  return { code, tone: "warn", text, advice: [...quality, ...others] };
}

function qualityAdvice({ burst, roundTripsMs }: PathFacts): readonly string[] {
  const advice: string[] = [];
  const lost = burst === null ? 0 : burst.sent - burst.returned;
  if (burst !== null && lost / burst.sent >= audibleLoss) {
    advice.push(
      `${lost} of ${burst.sent} packets were lost: sound and picture may break up. A cable, or a place nearer to the Wi-Fi, helps most.`,
    );
  }
  if (medianOf(roundTripsMs) >= tellingRoundTripMs) {
    advice.push("An answer takes long from here: people will talk into each other's words.");
  }
  return advice;
}

/** What else is wrong: the better ways first, which would help here; then relays that others may depend on. */
function otherAdvice(best: PathKind, facts: NetworkFacts): readonly string[] {
  const advice: string[] = [];
  if (best !== "udp") advice.push(sayPath("udp", facts).remedy);
  const broken = pathKinds.filter((kind) => isRelay(kind) && facts.paths[kind].state === "failed");
  if (broken.length > 0) {
    const also = isRelay(best) ? "" : " You need none here, but others might.";
    advice.push(`${listOf(broken.map((kind) => pathNames[kind].title))} did not work.${also}`);
  }
  return advice.filter((text) => text !== "");
}

function nothing(facts: NetworkFacts): Verdict {
  const failed = pathKinds.filter((kind) => facts.paths[kind].state === "failed");
  const advice = withoutRepeats(failed.map((kind) => sayPath(kind, facts).remedy));
  const relays = pathKinds.filter(isRelay);
  if (relays.every((kind) => facts.paths[kind].state === "not-offered")) {
    advice.push(
      "Whoever runs the server can add a relay to --ice-servers: over TLS on port 443 it passes nearly every firewall.",
    );
  }
  if (facts.servers.state === "refused") advice.push(sayPath("relay-tls", facts).why);
  return {
    code: "no-way",
    tone: "bad",
    text: "Calls will not work from here: no way to the server was found.",
    advice: advice.filter((text) => text !== ""),
  };
}

/** Each sentence once: several ways may need the same. */
function withoutRepeats(remedies: readonly string[]): string[] {
  const said = new Set<string>();
  return remedies.map((remedy) => {
    const sentences = remedy.split(/(?<=\.) (?=[A-Z])/).filter((sentence) => !said.has(sentence));
    for (const sentence of sentences) said.add(sentence);
    return sentences.join(" ");
  });
}

/** The middle of what was measured; 0 of nothing. */
export function medianOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function listOf(names: readonly string[]): string {
  const later = names.slice(1).map((name) => name.replace("Relay", "relay"));
  const all = [...names.slice(0, 1), ...later];
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
