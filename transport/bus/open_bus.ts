import { accessSync, constants } from "node:fs";
import type { Bus } from "../../actors/bus.ts";
import type { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { Logger } from "../../actors/logger.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { LocalHub } from "./local_hub.ts";
import type { NatsAccess } from "./nats_dialer.ts";

export interface OpenBusOptions {
  /** Without it the bus is one that nobody else is on. */
  readonly nats?: NatsAccess;
  readonly namespace: string;
  readonly nodeId: string;
  readonly log: Logger;
  readonly recorder?: FlightRecorder;
}

/**
 * The bus of a node, which looks for its server from now on. Whoever opens it closes it.
 *
 * @throws {SignalboxError} `bad-config` for a file that cannot be read, by the flag that names it
 */
export async function openBus({ nats, namespace, nodeId, log, recorder }: OpenBusOptions): Promise<Bus> {
  if (nats === undefined) {
    return new LocalHub({ reportFault: (error) => log.error("bus handler failed", { error }) }).connect(nodeId);
  }
  const { login, tls } = nats;
  demandFile("--nats-nkey", login?.kind === "nkey" ? login.seedFile : undefined);
  demandFile("--nats-credentials", login?.kind === "credentials" ? login.file : undefined);
  demandFile("--nats-tls-ca", tls?.caFile);
  demandFile("--nats-tls-cert", tls?.certFile);
  demandFile("--nats-tls-key", tls?.keyFile);
  const { inboxPrefix } = createSubjects(namespace);
  // A node alone need not load the client.
  const { NatsBus } = await import("./nats_bus.ts");
  return new NatsBus({ ...nats, name: `signalbox ${namespace} ${nodeId}`, inboxPrefix, log, recorder });
}

function demandFile(flag: string, file: string | undefined): void {
  if (file === undefined) return;
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new SignalboxError(
      "bad-config",
      `Cannot use ${flag} ${JSON.stringify(file)}: expected a file that can be read (${code})`,
      { cause },
    );
  }
}
