import { chooseTcpPorts } from "../../config/tcp_ports.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { openTcpPort } from "../media/open_tcp_port.ts";
import { type Check, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { findPortOwners } from "./port_owners.ts";
import { askRunningNode } from "./running_node.ts";

/** Where clients connect that no UDP gets through to. */
export function tcpPortCheck({ config }: DoctorContext): Check {
  return { group: "ports", name: "TCP port for media", run: () => checkTcpPort(config) };
}

async function checkTcpPort(config: DoctorContext["config"]): Promise<Outcome> {
  const choice = chooseTcpPorts(config);
  if (choice === undefined) {
    const why = config.tcpPorts === "off" ? "--tcp-ports off" : "--port has the one of --udp-ports";
    return skipped(`${why}: who is behind a firewall that lets no UDP through needs a relay over TCP or TLS`);
  }
  const { range, isAskedFor } = choice;
  if (range === undefined)
    return skipped("no --tcp-ports: a node takes any free port, which no firewall has a rule for");
  try {
    const { port, close } = await openAndClose(range);
    await close;
    return passed(`${port} can be had, for clients that no UDP gets through to${fromOutside(config)}`, { port });
  } catch (error) {
    if (!(error instanceof SignalboxError)) throw error;
    const ports = new Set(Array.from({ length: range.max - range.min + 1 }, (_, index) => range.min + index));
    const owners = [...findPortOwners("tcp", ports).values()].flat();
    const { host, port, tls } = config;
    const nodePids = (findPortOwners("tcp", new Set([port])).get(port) ?? []).map(({ pid }) => pid);
    if (owners.some(({ pid }) => nodePids.includes(pid))) {
      const state = await askRunningNode({ host, port, isTls: tls !== undefined });
      if (state !== undefined)
        return skipped(`the node that runs already (${state}) has it: that is no fault${fromOutside(config)}`);
    }
    const [seen = "", advice = ""] = error.message.split("; ");
    const programs = [...new Set(owners.map(({ program, pid }) => `${program} (pid ${pid})`))].join(", ");
    const saw = programs === "" ? seen : seen.replace("another program", programs);
    const what = `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
    if (isAskedFor) return failed(saw, what);
    return warning(`${saw}: a node starts without it`, what);
  }
}

/** A relay sends UDP alone (RFC 8656): nobody at hand connects by TCP from elsewhere. */
function fromOutside({ isOpen }: DoctorContext["config"]): string {
  return isOpen
    ? "; whether firewalls let TCP to it in was not tried: open /check of the running node from outside"
    : "";
}

async function openAndClose(range: { readonly min: number; readonly max: number }) {
  const opened = await openTcpPort(range);
  return { port: opened.port, close: opened.close() };
}
