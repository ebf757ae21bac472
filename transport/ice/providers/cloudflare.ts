import type { IceProvider } from "../../../actors/ports.ts";
import type { CloudflareSource } from "../../../config/ice_sources.ts";
import { requestJson } from "../http_json.ts";
import { readIceServers } from "../read_ice_servers.ts";

/** Cloudflare Realtime TURN: credentials of a TURN key (developers.cloudflare.com/realtime/turn/generate-credentials). */
export function cloudflareProvider(source: CloudflareSource, now: () => number): IceProvider {
  const { keyId, apiToken, ttlMs, url = "https://rtc.live.cloudflare.com" } = source;
  return {
    fetch: async () => {
      const askedAtMs = now();
      const answer = await requestJson({
        url: new URL(`/v1/turn/keys/${encodeURIComponent(keyId)}/credentials/generate-ice-servers`, url),
        method: "POST",
        headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
        body: JSON.stringify({ ttl: Math.round(ttlMs / 1_000) }),
      });
      const { iceServers } = (answer ?? {}) as { readonly iceServers?: unknown };
      // Of one server it was an object once.
      const list = Array.isArray(iceServers) ? iceServers : [iceServers];
      return { iceServers: readIceServers(list, "Cloudflare"), expiresAtMs: askedAtMs + ttlMs, renewInMs: ttlMs };
    },
  };
}
