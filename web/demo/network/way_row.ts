import { make, setText } from "../dom.ts";
import type { Tone } from "../status_line.ts";
import { drawWay } from "./way_drawing.ts";

/** Where a way that does not work breaks. */
export type BreakPoint = "middle" | "before-relay" | "behind-relay";

/** What one row shows. */
export interface WayContent {
  /** For style and tests: the state of the way. */
  readonly state: string;
  readonly outcome: string;
  readonly tone: Tone;
  /** Where the drawing breaks; empty for a way that does not. */
  readonly breaksAt: BreakPoint | "";
  readonly why: string;
  readonly remedy: string;
  /** The pair in use, or what the server announces where none works; empty where neither is known. */
  readonly pair: string;
  /** Each as a name and a value; an empty value is left out. */
  readonly measures: readonly (readonly [name: string, value: string])[];
}

/** One way as a row: its drawing, its name, what became of it, and the times. Written only where it differs. */
export class WayRow {
  readonly element: HTMLElement;
  readonly #outcome = make("p", "outcome");
  readonly #about: HTMLElement;
  readonly #why = make("p", "why");
  readonly #remedy = make("p", "remedy");
  readonly #pair = make("p", "used");
  readonly #measures = make("dl", "measures");
  readonly #aboutText: string;

  constructor({ name, title, about, hasRelay }: { name: string; title: string; about: string; hasRelay: boolean }) {
    this.element = make("li", "route");
    this.element.dataset["path"] = name;
    this.#aboutText = about;
    this.#about = make("p", "about", about);
    const words = make("div", "words");
    const head = make("div", "head");
    head.append(make("h3", "", title), this.#outcome);
    words.append(head, this.#about, this.#why, this.#remedy, this.#pair);
    this.element.append(drawWay(hasRelay), words, this.#measures);
  }

  show(content: WayContent): void {
    this.element.dataset["state"] = content.state;
    this.element.dataset["tone"] = content.tone;
    setText(this.#outcome, content.outcome);
    if (content.breaksAt === "") delete this.element.dataset["break"];
    else this.element.dataset["break"] = content.breaksAt;
    // What is wrong says more than what the way is good for.
    setText(this.#about, content.why === "" ? this.#aboutText : "");
    setText(this.#why, content.why);
    setText(this.#remedy, content.remedy);
    setText(this.#pair, content.pair);
    const measures = content.measures.filter(([, value]) => value !== "");
    const before = [...this.#measures.children].map((each) => each.textContent).join();
    if (before === measures.map((each) => each.join("")).join()) return;
    this.#measures.replaceChildren(
      ...measures.map(([name, value]) => {
        const measure = make("div");
        measure.append(make("dt", "", name), make("dd", "", value));
        return measure;
      }),
    );
  }
}
