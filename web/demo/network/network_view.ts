import { byId, make, setText } from "../dom.ts";
import { durationText } from "../duration_text.ts";
import { natOf, sayCandidate, sayNat } from "./found_words.ts";
import type { NetworkFacts } from "./network_facts.ts";
import { isRelay, pathKinds } from "./path_kind.ts";
import { pathNames } from "./path_words.ts";
import { sayServer } from "./server_trouble.ts";
import { verdictOn } from "./verdict.ts";
import { pathContent, signalingContent } from "./way_content.ts";
import { WayRow } from "./way_row.ts";

/** Shows what is known of the network: the verdict, the ways, and what the browser found. */
export class NetworkView {
  readonly #section = byId("network", HTMLElement);
  readonly #verdict = byId("verdict", HTMLElement);
  readonly #text = byId("verdict-text", HTMLElement);
  readonly #advice = byId("verdict-advice", HTMLElement);
  readonly #summary = byId("found-summary", HTMLElement);
  readonly #nat = byId("nat", HTMLElement);
  readonly #candidates = byId("candidates", HTMLElement);
  readonly #servers = byId("servers", HTMLElement);
  readonly #signaling = new WayRow({
    name: "signaling",
    title: "WebSocket",
    about: "What browser and server agree by.",
    hasRelay: false,
  });
  readonly #ways = pathKinds.map((kind) => ({
    kind,
    row: new WayRow({ name: kind, ...pathNames[kind], hasRelay: isRelay(kind) }),
  }));

  constructor() {
    byId("ways", HTMLElement).append(this.#signaling.element, ...this.#ways.map(({ row }) => row.element));
  }

  show(facts: NetworkFacts): void {
    const { code, tone, text, advice } = verdictOn(facts);
    this.#section.dataset["phase"] = facts.phase;
    this.#section.dataset["verdict"] = code;
    this.#verdict.dataset["tone"] = tone;
    setText(this.#text, text);
    writeList(
      this.#advice,
      advice.map((words) => [words]),
    );
    this.#signaling.show(signalingContent(facts));
    for (const { kind, row } of this.#ways) row.show(pathContent(kind, facts));
    this.#showFound(facts);
  }

  #showFound(facts: NetworkFacts): void {
    const { found, asked } = facts;
    const answered = asked.filter(({ state }) => state === "answered" || state === "same").length;
    const servers = asked.length === 0 ? "no servers to ask" : `${answered} of ${asked.length} servers answered`;
    const addresses = `${found.length} ${found.length === 1 ? "address" : "addresses"}`;
    setText(this.#summary, facts.phase === "idle" ? "" : `${addresses}, ${servers}`);
    setText(this.#nat, sayNat(natOf(facts)));
    const rows = found.map((one) => [`${one.address}:${one.port}`, sayCandidate(one), durationText(one.afterMs)]);
    writeList(this.#candidates, rows.length === 0 ? [[facts.gatheredMs === null ? "None yet." : "None."]] : rows);
    const told = asked.map((one) => [one.url, sayServer(one), one.afterMs === null ? "" : durationText(one.afterMs)]);
    writeList(this.#servers, told.length === 0 ? [[noServers(facts)]] : told);
  }
}

function noServers({ servers }: NetworkFacts): string {
  if (servers.state === "told") return "The server names none.";
  if (servers.state === "refused")
    return `The server told none, since it let this page into no room: ${servers.message}`;
  return "Not known yet.";
}

/** What each list says now. */
const written = new WeakMap<HTMLElement, string>();

/** Writes a list only where it differs: its items are one line of parts each. */
function writeList(list: HTMLElement, items: readonly (readonly string[])[]): void {
  const words = JSON.stringify(items);
  if (written.get(list) === words) return;
  written.set(list, words);
  list.replaceChildren(
    ...items.map((parts) => {
      const item = make("li");
      item.append(...parts.map((part) => make("span", "", part)));
      return item;
    }),
  );
}
