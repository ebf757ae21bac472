import { ProviderFailure } from "../../../actors/fetched_servers.ts";
import type { IceProvider } from "../../../actors/ports.ts";
import type { MeteredSource } from "../../../config/ice_sources.ts";
import { requestJson } from "../http_json.ts";
import { readIceServers } from "../read_ice_servers.ts";

/**
 * Metered's TURN server (www.metered.ca/docs/turn-rest-api). With an `apiKey` the servers of the credential that it belongs to, whose end is
 * not known here; with a `secretKey` those of a credential that is created, and expires.
 */
export function meteredProvider(source: MeteredSource, now: () => number): IceProvider {
  const { app, ttlMs, region, url = `https://${app}.metered.live` } = source;
  const fetchServers = async (apiKey: string) => {
    const query = new URLSearchParams({ apiKey, ...(region === undefined ? {} : { region }) });
    return readIceServers(await requestJson({ url: new URL(`/api/v1/turn/credentials?${query}`, url) }), "Metered");
  };
  const create = async (secretKey: string): Promise<string> => {
    const answer = await requestJson({
      url: new URL(`/api/v1/turn/credential?${new URLSearchParams({ secretKey })}`, url),
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ expiryInSeconds: Math.round(ttlMs / 1_000), label: "signalbox" }),
    });
    const { apiKey } = (answer ?? {}) as { readonly apiKey?: unknown };
    if (typeof apiKey !== "string") throw new ProviderFailure("Metered created no credential");
    return apiKey;
  };
  return {
    fetch: async () => {
      if (source.apiKey !== undefined) return { iceServers: await fetchServers(source.apiKey), renewInMs: ttlMs };
      const askedAtMs = now();
      const apiKey = await create(source.secretKey ?? "");
      return { iceServers: await fetchServers(apiKey), expiresAtMs: askedAtMs + ttlMs, renewInMs: ttlMs };
    },
  };
}
