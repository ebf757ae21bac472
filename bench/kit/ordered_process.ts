import { withDeadline } from "../../test/kit/with_deadline.ts";
import { ForwardingProcess } from "./forwarding_process.ts";

/** What a process of ours answers to an order. */
type Answer<Report> = { readonly report: Report } | { readonly error: string };

/** A process that does one order after another and answers each. Whoever started it stops it. */
export class OrderedProcess<Order extends { readonly type: string }> {
  readonly process: ForwardingProcess;

  private constructor(child: ForwardingProcess) {
    this.process = child;
  }

  /** @param file a program that calls {@linkcode followOrders} */
  static async start<Order extends { readonly type: string }>(file: string): Promise<OrderedProcess<Order>> {
    const child = await ForwardingProcess.start({
      command: [process.execPath, file],
      ready: /^ready$/,
      options: { stdio: ["ignore", "pipe", "pipe", "ipc"] },
    });
    return new OrderedProcess(child);
  }

  /** @throws Error when it could not be done, or not in time */
  async do<Report>(order: Order, timeoutMs = 120_000): Promise<Report> {
    const { child } = this.process;
    const answer = Promise.withResolvers<Answer<Report>>();
    const onClose = () => answer.reject(new Error(`The process that was to ${order.type} ended`));
    child.once("message", (message) => answer.resolve(message as Answer<Report>));
    child.once("close", onClose);
    child.send(order, (error) => error && answer.reject(error));
    try {
      const told = await withDeadline(answer.promise, { what: `a process to ${order.type}`, timeoutMs });
      if ("error" in told) throw new Error(`Cannot ${order.type}: ${told.error}`);
      return told.report;
    } finally {
      child.removeListener("close", onClose);
    }
  }

  async stop(): Promise<void> {
    await this.process.stop("SIGKILL");
  }
}

/** Does what the process that started this one orders, and answers. Ends with it. */
export function followOrders<Order>(follow: (order: Order) => Promise<unknown>): void {
  process.on("message", (order) => {
    follow(order as Order).then(
      (report) => process.send?.({ report: report ?? null }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
  process.stdout.write("ready\n");
}
