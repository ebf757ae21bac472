import type { IceEntry } from "../../config/ice_servers.ts";
import { IceFailure } from "../ice/ice_failure.ts";
import { type ParsedIceUrl, parseIceUrl } from "../ice/parsed_ice_url.ts";
import { openStunChannel } from "../ice/stun_channel.ts";
import { resolveServer, StunClient } from "../ice/stun_client.ts";
import type { Endpoint } from "../ice/stun_message.ts";
import type { TurnLogin } from "../ice/turn_allocation.ts";
import type { OpenedSource } from "./opened_source.ts";

/** One URL of a TURN server, and who we are there. */
export interface TurnTarget {
  readonly url: ParsedIceUrl;
  readonly login: TurnLogin;
  /** Where the credentials come from. */
  readonly source: "static" | Extract<IceEntry, { readonly source: unknown }>["source"];
  /** The entry's place in `--ice-servers`. */
  readonly place: number;
}

/** A TURN server that gave a relay. */
export interface UsableRelay {
  readonly target: TurnTarget;
  /** The server's address. */
  readonly server: string;
  /** Where the server sees us. */
  readonly mapped: Endpoint | undefined;
  /** Two relays of it reach each other. */
  readonly meets: boolean;
}

/** All that sources gave, each URL of an entry once. */
export function turnTargets(opened: readonly OpenedSource[]): readonly TurnTarget[] {
  return opened.flatMap(({ entry, servers }, place) => {
    const byUrl = new Map<string, TurnTarget>();
    for (const { urls, username = "", credential = "" } of servers) {
      for (const url of [urls].flat().flatMap((each) => parseIceUrl(each) ?? [])) {
        const source = "source" in entry ? entry.source : "static";
        if (url.isTurn) byUrl.set(url.url, { url, login: { username, credential }, source, place });
      }
    }
    return [...byUrl.values()];
  });
}

/**
 * A client of a server, at the first two of its addresses that take it. Whoever opens it closes it.
 *
 * @throws {IceFailure} of the step `resolve`, or why the first address did not take it
 */
export async function openTurnClient(
  url: ParsedIceUrl,
): Promise<{ readonly client: StunClient; readonly address: string }> {
  const addresses = await resolveServer(url);
  let first: IceFailure | undefined;
  for (const address of addresses.slice(0, 2)) {
    try {
      return { client: new StunClient(await openStunChannel(url, address)), address };
    } catch (error) {
      if (!(error instanceof IceFailure)) throw error;
      first ??= error;
    }
  }
  throw first ?? new IceFailure("resolve", { code: "ENOTFOUND" });
}
