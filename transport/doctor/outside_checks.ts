import { createSocket } from "node:dgram";
import { once } from "node:events";
import { IceFailure } from "../ice/ice_failure.ts";
import type { Endpoint } from "../ice/stun_message.ts";
import { familyOf, TurnAllocation } from "../ice/turn_allocation.ts";
import { addressKind, candidateAddresses } from "./address_kind.ts";
import { type Check, type CheckEnd, count, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { sendUntil } from "./relay_trial.ts";
import { openTurnClient, type TurnTarget } from "./turn_target.ts";

/** Addresses that are tried. Ours. */
const maxAddresses = 4;

/** Whether what clients are told can be reached: a relay of a TURN server sends to it, as one of a client would. */
export function outsideChecks(context: DoctorContext): readonly Check[] {
  return [{ group: "outside", name: "from outside", run: () => expandAddresses(context) }];
}

async function expandAddresses({ config, hosts, relays, freePorts }: DoctorContext): Promise<CheckEnd> {
  const [targets, free] = await Promise.all([relays.value, freePorts.value]);
  const [target] = targets;
  if (target === undefined) return skipped("no TURN server that works, whose relay could try");
  if (config.udpPorts !== undefined && free.length === 0)
    return skipped("no port of --udp-ports is free to try it with");
  const ports = free.length === 0 ? [0] : [...new Set([free[0] ?? 0, free[free.length >> 1] ?? 0, free.at(-1) ?? 0])];
  const addresses = candidateAddresses(hosts, config.announceIps).slice(0, maxAddresses);
  // One after the other: they use the same ports.
  let before: Promise<unknown> = Promise.resolve();
  const next = addresses.map((address): Check => {
    const ended = before.then(() => tryAddress(target, { address, ports, hosts }));
    before = ended.catch(() => undefined);
    return { group: "outside", name: address, run: () => ended };
  });
  return { next };
}

interface Place {
  readonly address: string;
  /** Of this machine; 0 is any. */
  readonly ports: readonly number[];
  readonly hosts: readonly string[];
}

async function tryAddress(target: TurnTarget, { address, ports, hosts }: Place): Promise<Outcome> {
  const { host } = target.url;
  try {
    const { client, address: server } = await openTurnClient(target.url);
    try {
      const relay = await TurnAllocation.create(client, target.login, familyOf(address));
      try {
        await relay.permit({ address, port: 9 });
        const tried: PortTrial[] = [];
        for (const port of ports) tried.push(await tryPort(relay, { address, port }));
        const isHere = [server, relay.relayed.address].some(
          (each) => hosts.includes(each) || addressKind(each) === "loopback",
        );
        return judgeOutside({ address, host, relay: relay.relayed, tried, isHere });
      } finally {
        await relay.release().catch(() => undefined);
      }
    } finally {
      client.close();
    }
  } catch (error) {
    if (error instanceof IceFailure) return judgeRefusal(error, { address, host });
    throw error;
  }
}

/** A port that something was sent to. */
export interface PortTrial {
  readonly port: number;
  /** `none`: somebody took it meanwhile. */
  readonly came: boolean | "none";
}

async function tryPort(relay: TurnAllocation, to: Endpoint): Promise<PortTrial> {
  const socket = createSocket(familyOf(to.address) === 6 ? "udp6" : "udp4");
  try {
    socket.bind(to.port);
    await once(socket, "listening");
  } catch {
    socket.close();
    return { port: to.port, came: "none" };
  }
  const { port } = socket.address();
  try {
    const tookMs = await sendUntil({
      send: (token) => relay.send(token, { address: to.address, port }),
      arrived: (told) => void socket.on("message", (data, { address, port }) => told(data, { address, port })),
    });
    return { port, came: tookMs !== undefined };
  } finally {
    socket.close();
  }
}

export interface OutsideFindings {
  readonly address: string;
  /** Of the TURN server, as it is configured. */
  readonly host: string;
  readonly relay: Endpoint;
  readonly tried: readonly PortTrial[];
  /** The TURN server is on this machine. */
  readonly isHere: boolean;
}

export function judgeOutside({ address, host, relay, tried, isHere }: OutsideFindings): Outcome {
  const ports = (came: boolean) => tried.flatMap((each) => (each.came === came ? [each.port] : []));
  const [open, closed] = [ports(true), ports(false)];
  const by = `the relay ${relay.address} of ${host}`;
  const facts = { address, open, closed, relay: relay.address, isSameMachine: isHere };
  if (open.length + closed.length === 0) return skipped("the ports were taken meanwhile");
  const note = isHere ? "; it is on this machine, which says nothing of a firewall in front of it" : "";
  if (closed.length === 0) {
    return passed(
      `${by} reaches UDP ${count(open.length, "port").replace(/^\S+ /, "")} ${open.join(", ")}${note}`,
      facts,
    );
  }
  const saw = `${by} does not reach UDP ${closed.join(", ")}${open.length > 0 ? `, only ${open.join(", ")}` : ""}${note}`;
  if (isHere) {
    return warning(
      saw,
      "A machine often cannot reach itself by the public address of a NAT: try it with a TURN server elsewhere.",
      facts,
    );
  }
  return failed(
    saw,
    `Clients do not get through either: open all of --udp-ports for UDP in the firewall (security group) of ${address}, and forward them if it is the address of a NAT.`,
    facts,
  );
}

export function judgeRefusal(
  failure: IceFailure,
  { address, host }: { readonly address: string; readonly host: string },
): Outcome {
  const { step, code } = failure;
  if (step === "permission" && code === "403") {
    return failed(
      `${host} forbids its relays to send to ${address} (403)`,
      `Clients that need the relay never reach this node: allow it at the TURN server (coturn: allowed-peer-ip=${address} beside what is denied).`,
      { address, code },
    );
  }
  if (step === "allocate" && code === "440") return skipped(`${host} has no relay of the family of ${address} (440)`);
  if (step === "permission" && code === "443") return skipped(`${host} has no relay of the family of ${address} (443)`);
  return warning(
    `${host} gave no relay for ${address} now: ${step} ${code}`,
    "It did a moment ago: its quota may be used up (coturn: user-quota). Run this again.",
  );
}
