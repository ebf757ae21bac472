import { expect, onTestFinished } from "vitest";
import type { Logger } from "../../../actors/logger.ts";
import { NatsBus, type NatsBusOptions } from "../../../transport/bus/nats_bus.ts";
import { Mailbox } from "../../kit/mailbox.ts";

/** What a bus logged. */
export interface BusLogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A bus on the server of `url`, closed at the end of the test, and what it logs. */
export function openNatsBus(url: string | readonly string[], options: Partial<NatsBusOptions> = {}) {
  const lines = new Mailbox<BusLogLine>("a line of the bus's log");
  const write =
    (level: string) =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      lines.push({ level, event, fields });
  const log: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: () => log,
  };
  const bus = new NatsBus({
    servers: [url].flat().map((one) => ({ host: new URL(one).hostname, port: Number(new URL(one).port) })),
    name: "test",
    inboxPrefix: "_INBOX.test",
    log,
    timeouts: { firstRetryMs: 20, maxRetryMs: 200, closeTimeoutMs: 5_000 },
    ...options,
  });
  onTestFinished(() => bus.close());
  return { bus, lines };
}

/** Waits until the link of `bus` is in `state`. */
export async function untilLink(bus: NatsBus, state: string): Promise<void> {
  await expect.poll(() => bus.link.state, { timeout: 30_000, interval: 5 }).toBe(state);
}
