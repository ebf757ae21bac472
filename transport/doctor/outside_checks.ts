import { createSocket } from "node:dgram";
import { once } from "node:events";
import { IceFailure } from "../ice/ice_failure.ts";
import type { StunClient } from "../ice/stun_client.ts";
import type { Endpoint } from "../ice/stun_message.ts";
import { familyOf, TurnAllocation } from "../ice/turn_allocation.ts";
import { serversForNode } from "../media/servers_for_node.ts";
import { addressKind, candidateAddresses } from "./address_kind.ts";
import { type Check, type CheckEnd, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { sendUntil } from "./relay_trial.ts";
import { openTurnClient, type TurnTarget } from "./turn_target.ts";

/** How long a server may take to clear a released relay away, in milliseconds: coturn takes a second. */
const clearingMs = 2_000;
/** Addresses that are tried. Ours. */
const maxAddresses = 4;

/** Whether what clients are told can be reached: a relay of a TURN server sends to it, as one of a client would. */
export function outsideChecks(context: DoctorContext): readonly Check[] {
  return [{ group: "outside", name: "from outside", run: () => expandAddresses(context) }];
}

async function expandAddresses({ config, hosts, sources, relays, freePorts }: DoctorContext): Promise<CheckEnd> {
  const [[usable], free] = await Promise.all([relays.value, freePorts.value]);
  if (usable === undefined) return skipped("no TURN server that works, whose relay could try");
  if (config.udpPorts !== undefined && free.length === 0)
    return skipped(
      "no port of --udp-ports is free to try it with: stop the node that has them and run this again, or open its /check from outside",
    );
  const ports = free.length === 0 ? [0] : [...new Set([free[0] ?? 0, free[free.length >> 1] ?? 0, free.at(-1) ?? 0])];
  const addresses = candidateAddresses(hosts, config.announceIps).slice(0, maxAddresses);
  const servers = (await Promise.all(sources)).flatMap((each) => each.servers);
  const ownServers = config.isIceLite ? [] : serversForNode(servers, { ...config, hosts });
  const hasOwn = ownServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/i.test(url)));
  const relaysMeet = hasOwn ? usable.meets : undefined;
  const { target } = usable;
  const judge = async () => {
    const found: { readonly address: string; readonly outcome: Outcome }[] = [];
    // One after the other: they use the same ports.
    for (const address of addresses) {
      found.push({ address, outcome: await tryAddress(target, { address, ports, hosts, relaysMeet }) });
    }
    return spareOthers(found, config.announceIps);
  };
  const judged = judge();
  const outcomeOf = async (index: number) => (await judged)[index]?.outcome ?? skipped("not tried");
  return {
    next: addresses.map((name, index): Check => ({ group: "outside", name, run: () => outcomeOf(index) })),
  };
}

/** An address of the machine that nobody outside can know, as that of a container bridge, is no fault where clients have one that works. */
export function spareOthers(
  found: readonly { readonly address: string; readonly outcome: Outcome }[],
  announceIps: readonly string[],
): typeof found {
  const works = found.find(({ outcome }) => outcome.verdict === "passed")?.address;
  return found.map(({ address, outcome }) => {
    const isInner = addressKind(address) !== "public" && !announceIps.includes(address);
    const isOpen = outcome.verdict === "passed" || outcome.verdict === "skipped";
    if (works === undefined || !isInner || isOpen) return { address, outcome };
    return { address, outcome: skipped(`${outcome.saw}: for clients within its network; others have ${works}`) };
  });
}

/** Tries again once where those that were released a moment ago count as long as the server has not cleared them away. */
async function allocate(client: StunClient, { login }: TurnTarget, family: 4 | 6): Promise<TurnAllocation> {
  try {
    return await TurnAllocation.create(client, login, family);
  } catch (error) {
    if (!(error instanceof IceFailure) || (error.code !== "486" && error.code !== "508")) throw error;
    await new Promise((resolve) => setTimeout(resolve, clearingMs));
    return await TurnAllocation.create(client, login, family);
  }
}

interface Place {
  readonly address: string;
  /** Of this machine; 0 is any. */
  readonly ports: readonly number[];
  readonly hosts: readonly string[];
  /** A relay of the node and one of a client reach each other; undefined where the node has none. */
  readonly relaysMeet: boolean | undefined;
}

async function tryAddress(target: TurnTarget, { address, ports, hosts, relaysMeet }: Place): Promise<Outcome> {
  const { host } = target.url;
  try {
    const found = await withRelay(target, address, async (relay, server) => {
      await relay.permit({ address, port: 9 });
      const tried = await Promise.all(ports.map((port) => tryPort(relay, { address, port })));
      const places = [server, relay.relayed.address];
      const isHere = places.some((each) => hosts.includes(each) || addressKind(each) === "loopback");
      const seenAt = hosts.includes(address) ? undefined : relay.mapped?.address;
      return { address, host, relay: relay.relayed, tried, isHere, seenAt };
    });
    const isClosed = found.tried.some(({ came }) => came === false);
    // Another relay: coturn ends one that could not send (ENETUNREACH).
    const isAnswered = isClosed && (await withRelay(target, address, (relay) => tryAnswer(relay, ports[0] ?? 0)));
    return judgeOutside({ ...found, isAnswered, relaysMeet });
  } catch (error) {
    if (error instanceof IceFailure) return judgeRefusal(error, { address, host, relaysMeet });
    throw error;
  }
}

/** Does something with a relay of the family of an address, which is released afterwards. */
async function withRelay<T>(
  target: TurnTarget,
  address: string,
  use: (relay: TurnAllocation, server: string) => Promise<T>,
): Promise<T> {
  const { client, address: server } = await openTurnClient(target.url);
  try {
    const relay = await allocate(client, target, familyOf(address));
    try {
      return await use(relay, server);
    } finally {
      await relay.release().catch(() => undefined);
    }
  } finally {
    client.close();
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

/** Whether what this machine sends to the relay can be answered, as with ICE, where both send. */
async function tryAnswer(relay: TurnAllocation, port: number): Promise<boolean> {
  const { mapped, relayed } = relay;
  if (mapped === undefined) return false;
  const socket = createSocket(familyOf(relayed.address) === 6 ? "udp6" : "udp4");
  try {
    socket.bind(port);
    await once(socket, "listening");
    await relay.permit(mapped);
    relay.onData = (data, from) => relay.send(data, from);
    const tookMs = await sendUntil({
      send: (token) => socket.send(token, relayed.port, relayed.address, () => undefined),
      arrived: (told) => void socket.on("message", (data, { address, port }) => told(data, { address, port })),
    });
    return tookMs !== undefined;
  } catch {
    // Taken meanwhile, or forbidden: not answered is what there is to say.
    return false;
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
  /** Where the TURN server sees this machine; of no matter for an address of its own. */
  readonly seenAt: string | undefined;
  /** What this machine sends to the relay first can be answered. */
  readonly isAnswered: boolean;
  readonly relaysMeet: boolean | undefined;
}

export function judgeOutside(findings: OutsideFindings): Outcome {
  const { address, host, relay, tried, isHere, seenAt, isAnswered, relaysMeet } = findings;
  const ports = (came: boolean) => tried.flatMap((each) => (each.came === came ? [each.port] : []));
  const [open, closed] = [ports(true), ports(false)];
  const by = host === relay.address ? `a relay of ${host}` : `the relay ${relay.address} of ${host}`;
  const facts = { address, open, closed, relay: relay.address, isSameMachine: isHere };
  if (open.length + closed.length === 0) return skipped("the ports were taken meanwhile");
  const note = isHere ? "; it is on this machine, which says nothing of a firewall in front of it" : "";
  if (closed.length === 0) {
    return passed(`${by} reaches ${named(open)}${note}`, facts);
  }
  const saw = `${by} does not reach ${named(closed)}${open.length > 0 ? `, only ${open.join(", ")}` : ""}${note}`;
  if (isHere) {
    return warning(
      saw,
      "A machine often cannot reach itself by the public address of a NAT: try it with a TURN server elsewhere.",
      facts,
    );
  }
  if (seenAt !== undefined && isElsewhere(address, seenAt)) {
    return failed(
      saw,
      `Clients do not get through either. ${host} sees this machine at ${seenAt}: is ${address} the right --announce-ip? See "announced" above.`,
      { ...facts, seenAt },
    );
  }
  const isInner = addressKind(address) === "private";
  const nat = `forward all of --udp-ports to ${address} one to one, and give the public address with --announce-ip`;
  const firewall = `Open all of --udp-ports for UDP in the firewall (security group) of ${address}`;
  const advice = isInner
    ? `For clients from elsewhere ${nat}. ${firewall}.`
    : `${firewall}, and forward them if it is the address of a NAT.`;
  // A range that is open in part is a mistake, whatever gets through otherwise.
  if (isAnswered && open.length === 0) {
    return warning(
      `${saw}, unless this machine sends first`,
      `Clients connect if the node can reach them or their relay first, and others do not. ${advice}`,
      facts,
    );
  }
  if (relaysMeet === true && open.length === 0)
    return warning(saw, `Clients get through by a relay of theirs and one of the node alone. ${advice}`, facts);
  const whom =
    open.length === 0 ? "Clients do not get through either." : "Connections that get such a port do not work.";
  return failed(saw, `${whom} ${advice}`, facts);
}

/** A firewall in front of an address is of no interest while that is likely another machine's. */
function isElsewhere(announced: string, seenAt: string): boolean {
  return announced !== seenAt && familyOf(announced) === familyOf(seenAt) && addressKind(seenAt) === "public";
}

function named(ports: readonly number[]): string {
  return `UDP port${ports.length === 1 ? "" : "s"} ${ports.join(", ")}`;
}

export function judgeRefusal(
  failure: IceFailure,
  { address, host, relaysMeet }: Pick<OutsideFindings, "address" | "host" | "relaysMeet">,
): Outcome {
  const { step, code } = failure;
  if (step === "permission" && code === "403") {
    const saw = `${host} forbids its relays to send to ${address} (403)`;
    const advice = `allow it at the TURN server (coturn: allowed-peer-ip=${address} beside what is denied).`;
    if (relaysMeet === true) {
      return warning(
        saw,
        `Clients that need the relay reach this node by a second one, its own (--relay-candidates). For a shorter way ${advice}`,
        { address, code },
      );
    }
    const own = relaysMeet === false ? ", not by a relay of its own either, as two relays do not meet (see TURN)" : "";
    return failed(saw, `Clients that need the relay never reach this node${own}: ${advice}`, { address, code });
  }
  if (step === "allocate" && code === "440") return skipped(`${host} has no relay of the family of ${address} (440)`);
  if (step === "permission" && code === "443") return skipped(`${host} has no relay of the family of ${address} (443)`);
  return warning(
    `${host} gave no relay for ${address} now: ${step} ${code}`,
    "It did a moment ago: its quota may be used up (coturn: user-quota). Run this again.",
  );
}
