import type { Logger } from "../../actors/logger.ts";
import { chooseTcpPorts, type TcpNeeds } from "../../config/tcp_ports.ts";
import { openTcpPort } from "./open_tcp_port.ts";
import type { TcpPort } from "./tcp_port.ts";

export interface MediaTcpNeeds extends TcpNeeds {
  /** What connections are taken at; none: every address of the machine. */
  readonly interfaces: readonly string[];
}

/**
 * Opens the port for media by TCP that a node was told of, if it is to have one. One that nobody asked for may be in use: then it is
 * said, and the node does without.
 *
 * @throws {SignalboxError} `bad-config` when none of those that were asked for can be had
 */
export async function openMediaTcp(needs: MediaTcpNeeds, log: Logger): Promise<TcpPort | undefined> {
  const choice = chooseTcpPorts(needs);
  if (choice === undefined) return undefined;
  try {
    return await openTcpPort(choice.range, needs.interfaces);
  } catch (error) {
    if (choice.isAskedFor) throw error;
    // It is no fault: the words say all, and a stack would hide them.
    log.warn("no media by TCP", { reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
