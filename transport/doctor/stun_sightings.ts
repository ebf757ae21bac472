import { isIPv6 } from "node:net";
import { IceFailure } from "../ice/ice_failure.ts";
import type { ParsedIceUrl } from "../ice/parsed_ice_url.ts";
import { openStunChannel } from "../ice/stun_channel.ts";
import { askBinding, resolveServer, StunClient } from "../ice/stun_client.ts";
import type { Endpoint } from "../ice/stun_message.ts";

/** What a STUN server said, or why it said nothing, over one family of addresses. */
export interface StunSighting {
  readonly url: string;
  readonly family: "IPv4" | "IPv6";
  /** Of the server. */
  readonly server: Endpoint;
  /** Where the server sees us. */
  readonly mapped?: Endpoint;
  readonly roundTripMs?: number;
  readonly failure?: IceFailure;
}

/** Asks a server over each family that its name has, at one address of each. @throws {IceFailure} where it has no address */
export async function sightFrom(url: ParsedIceUrl): Promise<readonly StunSighting[]> {
  const addresses = await resolveServer(url);
  const chosen = [addresses.find((address) => !isIPv6(address)), addresses.find(isIPv6)];
  return await Promise.all(chosen.flatMap((address) => (address === undefined ? [] : [sightOver(url, address)])));
}

async function sightOver(url: ParsedIceUrl, address: string): Promise<StunSighting> {
  const sighting = {
    url: url.url,
    family: isIPv6(address) ? "IPv6" : "IPv4",
    server: { address, port: url.port },
  } as const;
  try {
    const client = new StunClient(await openStunChannel(url, address));
    try {
      const { mapped, roundTripMs } = await askBinding(client);
      return { ...sighting, mapped, roundTripMs };
    } finally {
      client.close();
    }
  } catch (failure) {
    if (!(failure instanceof IceFailure)) throw failure;
    return { ...sighting, failure };
  }
}
