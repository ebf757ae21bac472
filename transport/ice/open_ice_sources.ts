import { FetchedServers } from "../../actors/fetched_servers.ts";
import type { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { Logger } from "../../actors/logger.ts";
import type { IceCredentials, IceProvider, IceServerSource } from "../../actors/ports.ts";
import type { IceEntry } from "../../config/ice_servers.ts";
import type { Asking } from "../../config/ice_sources.ts";
import { CombinedServers } from "./combined_servers.ts";
import { cloudflareProvider } from "./providers/cloudflare.ts";
import { meteredProvider } from "./providers/metered.ts";
import { twilioProvider } from "./providers/twilio.ts";
import { StaticServers } from "./static_servers.ts";
import { TurnRestServers } from "./turn_rest_servers.ts";

/** Between attempts to fetch, in milliseconds. Ours: providers allow some requests in a minute. */
const defaultTimeouts = { firstRetryMs: 1_000, maxRetryMs: 5 * 60_000 };

export interface IceSourcesOptions {
  readonly log: Logger;
  readonly recorder?: FlightRecorder;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timeouts?: typeof defaultTimeouts;
}

/** All sources that a node was configured with, as one; what has to be fetched is being fetched. Whoever opens them stops them. */
export interface IceSources extends IceServerSource {
  /** Of the sources that have credentials made, in their order. */
  readonly credentials: readonly IceCredentials[];
  stop(): void;
}

export function openIceSources(entries: readonly IceEntry[], options: IceSourcesOptions): IceSources {
  const { log, recorder, now, timeouts = defaultTimeouts } = options;
  const fetched: FetchedServers[] = [];
  const credentials: IceCredentials[] = [];
  const counts = new Map<string, number>();
  /** `metered`, `metered-2` ... */
  const nameOf = (kind: string): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count === 1 ? kind : `${kind}-${count}`;
  };
  const fetchFrom = (entry: Asking & { readonly source: string }, provider: IceProvider): FetchedServers => {
    const name = nameOf(entry.source);
    const servers = new FetchedServers({
      name,
      provider,
      ...(entry.credentials === "peer" ? { ahead: entry.ahead } : {}),
      timeouts: { ...timeouts, requestPauseMs: Math.ceil(60_000 / entry.perMinute) },
      log,
      recorder,
      random: Math.random,
      now,
    });
    fetched.push(servers);
    const { disable } = provider.credentials;
    const dropAndDisable = async (username: string) => {
      // At once: even if the provider does not answer, nobody is given it any more.
      servers.drop(username);
      if (typeof disable !== "string") await disable(username);
    };
    const can = typeof disable === "string" ? {} : { disable: dropAndDisable };
    credentials.push({ source: name, ...provider.credentials, ...can });
    return servers;
  };
  const open = (entry: IceEntry): IceServerSource => {
    if (!("source" in entry)) return new StaticServers([entry]);
    switch (entry.source) {
      case "turn-rest": {
        const servers = new TurnRestServers({ ...entry, now });
        credentials.push({ source: nameOf(entry.source), ...servers.credentials });
        return servers;
      }
      case "cloudflare":
        return fetchFrom(entry, cloudflareProvider(entry, now));
      case "twilio":
        return fetchFrom(entry, twilioProvider(entry, now));
      case "metered":
        return fetchFrom(entry, meteredProvider(entry, now));
    }
  };
  const sources = entries.map(open);
  const onFailure = (error: unknown) => log.error("ICE servers left out", { error });
  const combined = new CombinedServers({ sources, onFailure });
  for (const servers of fetched) servers.start();
  return {
    credentials,
    issue: (peerId, issueOptions) => combined.issue(peerId, issueOptions),
    forget: (peerId) => combined.forget(peerId),
    watch: (changed) => combined.watch(changed),
    stop: () => {
      for (const servers of fetched) servers.stop();
    },
  };
}
