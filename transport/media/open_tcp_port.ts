import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { defaultTcpPortBounds, TcpPort, type TcpPortBounds } from "./tcp_port.ts";
import type { UdpPortRange } from "./udp_ports.ts";

/** Every address of both families by one socket, or of IPv4 where the machine has no IPv6. */
const hosts = ["::", "0.0.0.0"] as const;
const withoutIpv6: readonly string[] = ["EAFNOSUPPORT", "EADDRNOTAVAIL", "EINVAL"];

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "in use by another program",
  EACCES: "not for this user",
};

/**
 * Opens the first port of a range that is free, or any one without a range.
 *
 * @throws {SignalboxError} `bad-config` when there is none
 */
export async function openTcpPort(
  range?: UdpPortRange,
  bounds: TcpPortBounds = defaultTcpPortBounds,
): Promise<TcpPort> {
  const { min, max } = range ?? { min: 0, max: 0 };
  let code = "";
  for (let port = min; port <= max; port += 1) {
    try {
      return await openOn(port, bounds);
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }
  const which = min === max ? `port ${min} is` : `ports ${min} to ${max} are all`;
  const why = reasons[code] ?? `refused by the operating system (${code})`;
  throw new SignalboxError(
    "bad-config",
    `Cannot listen for media by TCP: ${which} ${why}; choose another with --tcp-ports, or turn it off with --tcp-ports off`,
    { details: { code } },
  );
}

async function openOn(port: number, bounds: TcpPortBounds): Promise<TcpPort> {
  const [both, ipv4] = hosts;
  try {
    return await TcpPort.open({ host: both, port }, bounds);
  } catch (error) {
    if (!withoutIpv6.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return await TcpPort.open({ host: ipv4, port }, bounds);
  }
}
