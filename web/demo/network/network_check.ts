import { byId, setText } from "../dom.ts";
import { learnNetwork, type NetworkEvent, type NetworkFacts, noNetworkFacts } from "./network_facts.ts";
import { reportOf } from "./network_report.ts";
import { NetworkRun } from "./network_run.ts";
import { NetworkView } from "./network_view.ts";

/** The check of the network on its page: runs when the page is opened and when it is asked for, and hands out the report. */
export class NetworkCheck {
  readonly #view = new NetworkView();
  readonly #again = byId("check-again", HTMLButtonElement);
  readonly #copy = byId("copy-report", HTMLButtonElement);
  readonly #copied = byId("copied", HTMLElement);
  readonly #report = byId("report", HTMLTextAreaElement);
  readonly #url: string;
  #facts: NetworkFacts = noNetworkFacts;
  #run: NetworkRun | null = null;
  #isShowing = false;

  /** @param url of the WebSocket */
  constructor(url: string) {
    this.#url = url;
    this.#again.addEventListener("click", () => this.start());
    this.#copy.addEventListener("click", () => void this.#copyReport());
  }

  /** Begins anew, whatever is under way. */
  start(): void {
    this.close();
    this.#report.hidden = true;
    setText(this.#copied, "");
    this.#run = new NetworkRun({ url: this.#url, emit: (event) => this.#happened(event) });
  }

  /** Ends what is under way. What was found stays to be read. */
  close(): void {
    this.#run?.close();
    this.#run = null;
  }

  #happened(event: NetworkEvent): void {
    this.#facts = learnNetwork(this.#facts, event);
    if (this.#isShowing) return;
    // Events come in bursts; a frame is soon enough for the eye.
    this.#isShowing = true;
    setTimeout(() => this.#show(), 50);
  }

  #show(): void {
    this.#isShowing = false;
    this.#view.show(this.#facts);
    this.#again.disabled = this.#facts.phase === "idle";
    setText(this.#again, this.#facts.phase === "running" ? "Start again" : "Check again");
    this.#copy.disabled = this.#facts.phase !== "done";
  }

  async #copyReport(): Promise<void> {
    const at = new Date().toISOString();
    const report = reportOf(this.#facts, { server: location.origin, browser: navigator.userAgent, at });
    this.#report.value = report;
    try {
      await navigator.clipboard.writeText(report);
      setText(this.#copied, "Copied.");
    } catch {
      // Without TLS, or refused: it stands on the page, marked, to be copied by hand.
      this.#report.hidden = false;
      this.#report.focus();
      this.#report.select();
      setText(this.#copied, "Copy it from the field below.");
    }
  }
}
