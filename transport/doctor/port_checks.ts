import type { PortRange } from "../../config/setting.ts";
import { authorityOf, describeListenFailure } from "../edge/listen_failure.ts";
import { pickPort } from "../edge/pick_port.ts";
import { type Check, count, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { findPortOwners, type PortOwner } from "./port_owners.ts";
import { askRunningNode } from "./running_node.ts";
import { tcpPortCheck } from "./tcp_port_check.ts";
import { ephemeralPorts, scanUdpPorts, type UdpScan } from "./udp_scan.ts";

/** Ports that are named; of more only how many. Ours. */
const maxNamed = 5;

/** The ports of the node, one check for each kind. */
export function portChecks(context: DoctorContext): readonly Check[] {
  return [
    { group: "ports", name: "HTTP port", run: () => checkHttpPort(context) },
    { group: "ports", name: "UDP ports", run: () => checkUdpPorts(context) },
    tcpPortCheck(context),
  ];
}

async function checkHttpPort({ config }: DoctorContext): Promise<Outcome> {
  const { host, port, tls } = config;
  const place = authorityOf(host, port);
  if (port === 0) return passed(`${host} can have any free port (--port 0)`);
  try {
    await pickPort(host, port);
    return passed(`nobody listens on ${place}, and a node can`);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE") return httpFailure({ host, port, code });
    const owners = findPortOwners("tcp", new Set([port])).get(port) ?? [];
    const state = await askRunningNode({ host, port, isTls: tls !== undefined });
    if (state !== undefined) {
      return skipped(
        `a Signalbox node (${[state, ...owners.slice(0, 1).map(({ pid }) => `pid ${pid}`)].join(", ")}) listens on ${place} already: that its ports are taken is no fault`,
      );
    }
    return failed(
      `${place} is in use${byWhom(owners)}, which is no Signalbox node`,
      "Stop that program, or choose another port with --port.",
    );
  }
}

function httpFailure(what: { readonly host: string; readonly port: number; readonly code: string }): Outcome {
  // "Cannot listen on 0.0.0.0:80: this user may not use the port; choose another with --port, 1024 or higher"
  const [saw = "", advice = "Choose others with --host and --port."] = describeListenFailure(what).message.split("; ");
  return failed(saw, `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`);
}

async function checkUdpPorts(context: DoctorContext): Promise<Outcome> {
  const { config, hosts, freePorts } = context;
  const { udpPorts, isOpen, host, port } = config;
  if (udpPorts === undefined) {
    freePorts.tell([]);
    const any = `no --udp-ports: a node takes any free port${ephemeralText()}`;
    if (!isOpen) return skipped(any);
    return warning(any, "Give --udp-ports, as 50000, and open that port for UDP and TCP in the firewall.");
  }
  let free: readonly number[] = [];
  try {
    const addresses = hosts.length === 0 ? ["127.0.0.1"] : hosts;
    const scan = await scanUdpPorts(udpPorts, addresses);
    free = scan.free;
    const owners = scan.taken.length === 0 ? new Map() : findPortOwners("udp", new Set(scan.taken));
    const nodePids = (findPortOwners("tcp", new Set([port])).get(port) ?? []).map(({ pid }) => pid);
    const isNode =
      scan.taken.length > 0 && (await askRunningNode({ host, port, isTls: config.tls !== undefined })) !== undefined;
    return judgeUdpPorts({
      range: udpPorts,
      scan,
      owners,
      addresses: addresses.length,
      nodePids: isNode ? nodePids : [],
    });
  } finally {
    freePorts.tell(free);
  }
}

export interface UdpFindings {
  readonly range: PortRange;
  readonly scan: UdpScan;
  readonly owners: ReadonlyMap<number, readonly PortOwner[]>;
  /** Addresses that each peer connection has a port on. */
  readonly addresses: number;
  /** Of a Signalbox node that runs already; its ports are no fault. */
  readonly nodePids: readonly number[];
}

export function judgeUdpPorts({ range, scan, owners, addresses, nodePids }: UdpFindings): Outcome {
  const { min, max } = range;
  const all = max - min + 1;
  const tried = scan.free.length + scan.taken.length;
  const isOfNode = (port: number) => owners.get(port)?.some(({ pid }) => nodePids.includes(pid)) ?? false;
  const ofNode = scan.taken.filter(isOfNode);
  const strange = scan.taken.filter((port) => !isOfNode(port));
  const facts = { min, max, tried, free: scan.free.length, taken: strange.slice(0, 100) };
  const places = count(addresses, "address").replace("addresss", "addresses");
  const peers =
    all === 1
      ? `it is shared by all peer connections, on ${places}`
      : `enough for ${count(Math.floor(all / addresses), "peer connection")} at once on ${places}`;
  const which = all === 1 ? `port ${min}` : `${count(tried, "port")} ${tried < all ? "tried " : ""}of ${min}-${max}`;
  const running = ofNode.length === 0 ? "" : `, ${ofNode.length} of them held by the node that runs already`;
  if (strange.length === 0) return passed(`${which} can be had${running}: ${peers}`, facts);
  const named = strange.slice(0, maxNamed).map((port) => `${port}${byWhom(owners.get(port) ?? [])}`);
  const more = strange.length > maxNamed ? `, and ${count(strange.length - maxNamed, "other")}` : "";
  const saw =
    all === 1
      ? `port ${min} is taken${byWhom(owners.get(min) ?? [])}`
      : `${which}: ${strange.length} taken${running}: ${named.join(", ")}${more}`;
  if (strange.length === tried) {
    const effect = all === 1 ? "The node does not start (exit code 78)." : "No peer connection can be made.";
    return failed(saw, `${effect} ${scan.reason}Choose other ports with --udp-ports.`, facts);
  }
  return warning(saw, `Peer connections that get one of these lack a candidate. ${ephemeralAdvice(range)}`, facts);
}

function ephemeralText(): string {
  const range = ephemeralPorts();
  return range === undefined ? "" : ` of ${range.min}-${range.max}`;
}

/** What is taken within the ports that the system gives to anybody was likely taken by chance. */
function ephemeralAdvice({ min, max }: PortRange): string {
  const given = ephemeralPorts();
  const other = "Stop these programs, or choose other ports with --udp-ports.";
  if (given === undefined || given.min > max || given.max < min) return other;
  return `${other} The system gives ${given.min}-${given.max} to anybody: sysctl net.ipv4.ip_local_reserved_ports=${min}-${max} keeps yours.`;
}

function byWhom(owners: readonly PortOwner[]): string {
  const [owner] = owners;
  return owner === undefined ? "" : ` by ${owner.program} (pid ${owner.pid})`;
}
