import type { Described } from "./connection_facts.ts";
import type { Finding, Rule } from "./finding.ts";
import { evidenceOf } from "./moment.ts";

// Media sections, and whether both sides take them.

/** A section of a description. */
interface Section {
  readonly kind: string;
  readonly mid: string;
  readonly isUsed: boolean;
  readonly codecs: readonly string[];
}

/** A section that one side offered and the other one rejected (RFC 3264, 6). */
const rejected: Rule = ({ connection }) => {
  const exchange = connection === undefined ? undefined : lastExchange(connection.descriptions);
  if (exchange === undefined) return undefined;
  const { offer, answer } = exchange;
  const [offered, answered] = [sectionsOf(offer.sdp), sectionsOf(answer.sdp)];
  const sections = offered.filter(({ isUsed }, index) => isUsed && answered[index]?.isUsed === false);
  if (sections.length === 0) return undefined;
  const what = sections
    .map(({ kind, mid, codecs }) => `${kind} section ${mid} (${codecs.join(", ") || "no codec"})`)
    .join(", ");
  const isNode = answer.by === "node";
  const finding: Finding = {
    cause: "codec-mismatch",
    likelihood: "certain",
    summary: isNode
      ? `The node rejected the client's ${what}: it takes none of these codecs, so nothing is sent or received there.`
      : `The client rejected the node's ${what}: it takes none of these codecs, or does not want it, so nothing is sent or received there.`,
    remedy: isNode
      ? "Offer a codec that the node takes: Opus, PCMU or PCMA; VP8, VP9, H264 or AV1. setCodecPreferences chooses among those that the browser has."
      : "Have whoever publishes the track send a codec that every client has (Opus, VP8), with setCodecPreferences; if the client stopped the transceiver itself, all is as it should be.",
    evidence: [
      evidenceOf(offer.moment, `offered: ${what}`),
      evidenceOf(answer.moment, "answered: port 0 there, which rejects it"),
    ],
    neverCame: sections.map(({ kind, mid }) => `${kind} of section ${mid}`),
  };
  return finding;
};

export const sectionCauses: readonly Rule[] = [rejected];

/** The last offer that was answered, with the answer. */
function lastExchange(
  descriptions: readonly Described[],
): { readonly offer: Described; readonly answer: Described } | undefined {
  const at = descriptions.findLastIndex(({ type }) => type === "answer");
  const answer = descriptions[at];
  const offer = descriptions
    .slice(0, Math.max(0, at))
    .findLast(({ type, by }) => type === "offer" && by !== answer?.by);
  return answer === undefined || offer === undefined ? undefined : { offer, answer };
}

function sectionsOf(sdp: string): readonly Section[] {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .map((text) => ({
      kind: /^m=(\S{1,64})/.exec(text)?.[1] ?? "",
      mid: /^a=mid:(\S{1,64})/m.exec(text)?.[1] ?? "?",
      isUsed: !/^m=\S+ 0 /.test(text) || /^a=bundle-only/m.test(text),
      codecs: [...new Set([...text.matchAll(/^a=rtpmap:\d+ ([\w.-]{1,64})/gm)].map(([, name = ""]) => name))].filter(
        (name) => !/^(rtx|red|ulpfec|flexfec-03|telephone-event|CN)$/i.test(name),
      ),
    }));
}
