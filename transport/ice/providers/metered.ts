import type { IceCredentials, IceProvider } from "../../../actors/ports.ts";
import { type MeteredSource, sourceLives } from "../../../config/ice_sources.ts";
import { requestJson } from "../http_json.ts";
import { readIceServers } from "../read_ice_servers.ts";
import { MeteredCredentials } from "./metered_credentials.ts";

/**
 * Metered's TURN server (www.metered.ca/docs/turn-rest-api). With an `apiKey` the servers of the credential that it belongs to, whose end is
 * not known here; with a `secretKey` those of a credential that is created, and expires.
 */
export function meteredProvider(source: MeteredSource, now: () => number): IceProvider {
  const { app, ttlMs, region, apiKey, secretKey, url = `https://${app}.metered.live` } = source;
  const fetchServers = async (key: string) => {
    const query = new URLSearchParams({ apiKey: key, ...(region === undefined ? {} : { region }) });
    return readIceServers(await requestJson({ url: new URL(`/api/v1/turn/credentials?${query}`, url) }), "Metered");
  };
  if (secretKey === undefined) {
    const fetch = async () => ({ iceServers: await fetchServers(apiKey ?? ""), renewInMs: ttlMs });
    return { fetch, credentials: withoutSecret };
  }
  const managed = new MeteredCredentials({ url, secretKey });
  const create = async (label: string, lifeMs = ttlMs) => {
    const askedAtMs = now();
    const key = await managed.create(label, lifeMs);
    return { iceServers: await fetchServers(key), expiresAtMs: askedAtMs + lifeMs, renewInMs: lifeMs };
  };
  return {
    fetch: () => create("signalbox"),
    label: (username, peerId) => managed.label(username, peerId),
    credentials: {
      lives: sourceLives.metered,
      issue: create,
      list: () => managed.list(),
      disable: (username) => managed.disable(username),
      usage: () => managed.usage(),
    },
  };
}

const why = "Metered lets only a secretKey do that; this source has an apiKey";
const withoutSecret: Omit<IceCredentials, "source"> = {
  lives: sourceLives.metered,
  issue: why,
  list: why,
  disable: why,
  usage: why,
};
