import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { listHostAddresses } from "./host_addresses.ts";
import { TcpPort } from "./tcp_port.ts";
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
 * @param interfaces names of interfaces, or addresses, that connections are taken at; none: every one
 * @throws {SignalboxError} `bad-config` when there is none
 */
export async function openTcpPort(range?: UdpPortRange, interfaces: readonly string[] = []): Promise<TcpPort> {
  const { min, max } = range ?? { min: 0, max: 0 };
  let code = "";
  for (let port = min; port <= max; port += 1) {
    try {
      return await openOn(port, interfaces);
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

async function openOn(port: number, interfaces: readonly string[]): Promise<TcpPort> {
  const [both, ipv4] = hosts;
  const localAddresses = interfaces.length === 0 ? undefined : () => listHostAddresses(interfaces);
  try {
    return await TcpPort.open({ host: both, port, localAddresses });
  } catch (error) {
    if (!withoutIpv6.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return await TcpPort.open({ host: ipv4, port, localAddresses });
  }
}
