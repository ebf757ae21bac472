import { make } from "./dom.ts";
import { durationText } from "./duration_text.ts";

const kept = 20;

interface Waiting {
  readonly text: string;
  readonly sentAtMs: number;
  readonly item: HTMLElement;
  readonly outcome: HTMLElement;
}

/** Sends what the person writes and shows what comes back, with the time it took. */
export class MessageEcho {
  readonly #list: HTMLElement;
  #waiting: Waiting[] = [];
  #channel: RTCDataChannel | null = null;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Takes a new test's channel, and forgets the messages of the test before. */
  attach(channel: RTCDataChannel, changedOpen: (isOpen: boolean) => void): void {
    this.#list.replaceChildren();
    this.#waiting = [];
    this.#channel = channel;
    channel.addEventListener("open", () => changedOpen(true));
    channel.addEventListener("close", () => changedOpen(false));
    channel.addEventListener("message", (event) => this.#receive(String(event.data), performance.now()));
  }

  /** Sends one message; says whether there was a channel to take it. */
  send(text: string): boolean {
    if (this.#channel?.readyState !== "open") return false;
    this.#channel.send(text);
    const item = make("li");
    item.dataset["echo"] = "waiting";
    const outcome = make("span", "outcome", "on its way…");
    item.append(make("span", "text", text), outcome);
    this.#list.prepend(item);
    this.#list.children[kept]?.remove();
    this.#waiting.push({ text, sentAtMs: performance.now(), item, outcome });
    return true;
  }

  /** Says of every message that is still out that it did not come back. */
  giveUp(): void {
    for (const { item, outcome } of this.#waiting.splice(0)) {
      item.dataset["echo"] = "lost";
      outcome.textContent = "did not come back";
    }
  }

  /** The channel is ordered, so what comes back belongs to the oldest message that is out. */
  #receive(text: string, nowMs: number): void {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return;
    const spanMs = nowMs - oldest.sentAtMs;
    const isSame = oldest.text === text;
    oldest.item.dataset["echo"] = isSame ? "back" : "changed";
    oldest.item.dataset["ms"] = spanMs.toFixed(1);
    oldest.outcome.textContent = isSame ? `back after ${durationText(spanMs)}` : `came back as “${text}”`;
  }
}
