import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../test/kit/with_deadline.ts";
import { spawnPinned } from "./pinned_process.ts";
import type { ClientOrder, ClientReport } from "./setup_client.ts";

const clientFile = fileURLToPath(new URL("setup_client.ts", import.meta.url));
/** More than an order may take by itself: a minute to begin set-ups, and one that is late. */
const timeoutMs = 90_000;

/** The process that plays the clients, on a core of its own. Whoever started it stops it. */
export class BenchClient {
  readonly #child = spawnPinned("client", [clientFile], { stdio: ["ignore", "inherit", "inherit", "ipc"] });

  /** @throws Error when the process ended, or does not report in time. */
  async do(order: ClientOrder): Promise<ClientReport> {
    const ended = new AbortController();
    const onClose = () => ended.abort(new Error("the client process ended"));
    this.#child.once("close", onClose);
    try {
      const report = once(this.#child, "message", { signal: ended.signal });
      this.#child.send(order);
      const [message] = await withDeadline(report, { what: "the client's report", timeoutMs });
      return message as ClientReport;
    } finally {
      this.#child.removeListener("close", onClose);
    }
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
