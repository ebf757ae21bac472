import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../test/kit/with_deadline.ts";
import type { ForwardingOrder, ForwardingReport } from "./forwarding_client_process.ts";
import { ForwardingProcess } from "./forwarding_process.ts";

const clientFile = fileURLToPath(new URL("forwarding_client_process.ts", import.meta.url));
/** More than an order may take by itself: 30 set-ups, or half a minute of sending. */
const timeoutMs = 90_000;

/** The process that plays the clients, on a core of its own. Whoever started it stops it. */
export class ForwardingClient {
  readonly process: ForwardingProcess;

  private constructor(child: ForwardingProcess) {
    this.process = child;
  }

  static async start(): Promise<ForwardingClient> {
    const child = await ForwardingProcess.start({
      role: "client",
      command: [process.execPath, clientFile],
      ready: /^ready$/,
      options: { stdio: ["ignore", "pipe", "pipe", "ipc"] },
    });
    return new ForwardingClient(child);
  }

  /** @throws Error when the client could not do it, ended, or does not report in time. */
  async do(order: ForwardingOrder): Promise<ForwardingReport> {
    const { child } = this.process;
    const ended = new AbortController();
    const onClose = () => ended.abort(new Error("the client process ended"));
    child.once("close", onClose);
    try {
      const report = once(child, "message", { signal: ended.signal });
      child.send(order);
      const what = `the client to ${order.type} at ${order.system}`;
      const [message] = (await withDeadline(report, { what, timeoutMs })) as [ForwardingReport];
      if (message.error !== undefined) throw new Error(`Cannot ${order.type} at ${order.system}: ${message.error}`);
      return message;
    } finally {
      child.removeListener("close", onClose);
    }
  }
}
