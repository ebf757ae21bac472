import { make } from "./dom.ts";
import type { Finding } from "./finding.ts";

/** Shows what went wrong and what to do; `data-codes` of the container holds the codes of what it shows. */
export class ProblemView {
  readonly #container: HTMLElement;
  #shown = "";

  constructor(container: HTMLElement) {
    this.#container = container;
  }

  /** The container is a live region, so it is written only where the words differ. */
  show(findings: readonly Finding[]): void {
    const words = JSON.stringify(findings);
    if (this.#shown === words) return;
    this.#shown = words;
    this.#container.dataset["codes"] = findings.map((finding) => finding.code).join(" ");
    this.#container.replaceChildren(...findings.map(articleOf));
  }
}

function articleOf(finding: Finding): HTMLElement {
  const article = make("article", "finding");
  article.dataset["code"] = finding.code;
  article.dataset["severity"] = finding.severity;
  article.append(make("h2", "", finding.title), make("p", "why", finding.why), make("p", "remedy", finding.remedy));
  return article;
}
