import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { IceFailure } from "../ice/ice_failure.ts";
import type { Endpoint } from "../ice/stun_message.ts";
import type { TurnAllocation } from "../ice/turn_allocation.ts";
import { time } from "./check.ts";

/** Between repetitions of what may be lost, and how many there are. Ours: a second and a half in all. */
const repetitionMs = 150;
const repetitions = 10;

/** What came of sending through a relay. */
export interface RelayTrial {
  readonly saw: string;
  /** Nothing came through, though it was allowed. */
  readonly isBroken: boolean;
  /** It came from a second relay. */
  readonly isBetween: boolean;
  readonly throughMs?: number;
  readonly advice?: string;
}

/**
 * Sends through a relay: from a second one of the same server, and, where that is not allowed or nothing comes, from a socket of this
 * machine. `openOther` makes the second one, which is released here.
 */
export async function tryRelay(relay: TurnAllocation, openOther: () => Promise<TurnAllocation>): Promise<RelayTrial> {
  const between = await attempt(() => betweenRelays(relay, openOther));
  if (typeof between === "number")
    return { saw: `data between two relays in ${time(between)}`, isBroken: false, isBetween: true, throughMs: between };
  const inward = await attempt(() => fromHere(relay));
  const why = between instanceof IceFailure ? `${between.step} refused with ${between.code}` : "nothing came";
  if (typeof inward === "number") {
    return {
      saw: `data from here to the relay in ${time(inward)} (between two relays: ${why})`,
      isBroken: false,
      isBetween: false,
      throughMs: inward,
    };
  }
  const isForbidden = [between, inward].some((each) => each instanceof IceFailure && each.code === "403");
  if (isForbidden) {
    return {
      saw: "it forbids us to send to its own address and to ours (403), so that no data was tried",
      isBroken: false,
      isBetween: false,
      advice: `Have it allow the addresses of the nodes (coturn: allowed-peer-ip=${relay.mapped?.address ?? "<node>"} beside what is denied).`,
    };
  }
  return {
    saw: `but no data comes through (between two relays: ${why})`,
    isBroken: true,
    isBetween: false,
    advice:
      "Open the ports of its relays for UDP in its firewall (coturn: min-port to max-port); behind 1:1 NAT it needs external-ip.",
  };
}

/** How long something took, or why it cannot be: undefined where nothing came. */
async function attempt(what: () => Promise<number | undefined>): Promise<number | IceFailure | undefined> {
  try {
    return await what();
  } catch (error) {
    if (error instanceof IceFailure) return error;
    throw error;
  }
}

async function betweenRelays(
  relay: TurnAllocation,
  openOther: () => Promise<TurnAllocation>,
): Promise<number | undefined> {
  const other = await openOther();
  try {
    await Promise.all([relay.permit(other.relayed), other.permit(relay.relayed)]);
    return await sendUntil({
      send: (token) => other.send(token, relay.relayed),
      arrived: (told) => {
        relay.onData = told;
      },
    });
  } finally {
    await other.release().catch(() => undefined);
  }
}

async function fromHere(relay: TurnAllocation): Promise<number | undefined> {
  const { relayed, mapped } = relay;
  if (mapped === undefined) return undefined;
  await relay.permit(mapped);
  const socket = createSocket(isIPv6(relayed.address) ? "udp6" : "udp4");
  try {
    socket.bind(0);
    await once(socket, "listening");
    socket.on("error", () => undefined);
    return await sendUntil({
      send: (token) => socket.send(token, relayed.port, relayed.address, () => undefined),
      arrived: (told) => {
        relay.onData = told;
      },
    });
  } finally {
    socket.close();
  }
}

export interface Passage {
  send(token: Buffer): void;
  /** Takes who is told of all that arrives. */
  arrived(told: (data: Buffer, from: Endpoint) => void): void;
}

/** Sends a token that nobody knows again and again until it arrives. @returns after how many milliseconds; undefined when it did not */
export async function sendUntil(passage: Passage): Promise<number | undefined> {
  const token = randomBytes(24);
  const beganMs = performance.now();
  const came = Promise.withResolvers<number>();
  passage.arrived((data) => {
    if (data.equals(token)) came.resolve(performance.now() - beganMs);
  });
  for (let sent = 0; sent < repetitions; sent += 1) {
    passage.send(token);
    const waited = new Promise<undefined>((resolve) => setTimeout(resolve, repetitionMs, undefined));
    const tookMs = await Promise.race([came.promise, waited]);
    if (tookMs !== undefined) return tookMs;
  }
  return undefined;
}
