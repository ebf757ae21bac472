import type { IceProvider } from "../../../actors/ports.ts";
import { type CloudflareSource, sourceLives } from "../../../config/ice_sources.ts";
import { requestJson } from "../http_json.ts";
import { readIceServers } from "../read_ice_servers.ts";

/**
 * Cloudflare Realtime TURN: credentials of a TURN key, 48 hours at most, as many as one likes of which more than half should be used
 * (developers.cloudflare.com/realtime/turn/generate-credentials and /realtime/turn/faq).
 */
export function cloudflareProvider(source: CloudflareSource, now: () => number): IceProvider {
  const { keyId, apiToken, ttlMs, url = "https://rtc.live.cloudflare.com" } = source;
  const path = `/v1/turn/keys/${encodeURIComponent(keyId)}/credentials`;
  const authorization = `Bearer ${apiToken}`;
  const generate = async ({ lifeMs, peerId }: { readonly lifeMs: number; readonly peerId?: string }) => {
    const askedAtMs = now();
    // By it their analytics count (developers.cloudflare.com/realtime/turn/replacing-existing). It cannot be given later.
    const identified = peerId === undefined ? {} : { customIdentifier: peerId };
    const answer = await requestJson({
      url: new URL(`${path}/generate-ice-servers`, url),
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ ttl: Math.round(lifeMs / 1_000), ...identified }),
    });
    const { iceServers } = (answer ?? {}) as { readonly iceServers?: unknown };
    // Of one server it was an object once.
    const list = Array.isArray(iceServers) ? iceServers : [iceServers];
    return { iceServers: readIceServers(list, "Cloudflare"), expiresAtMs: askedAtMs + lifeMs, renewInMs: lifeMs };
  };
  return {
    fetch: () => generate({ lifeMs: ttlMs }),
    credentials: {
      lives: sourceLives.cloudflare,
      issue: (peerId, lifeMs = ttlMs) => generate({ lifeMs, peerId }),
      list: "Cloudflare keeps no list of credentials that can be asked for",
      disable: async (username) => {
        const revoke = new URL(`${path}/${encodeURIComponent(username)}/revoke`, url);
        await requestJson({ url: revoke, method: "POST", headers: { authorization } });
      },
      usage: "Cloudflare tells usage by its GraphQL analytics, which the token of a TURN key does not open",
    },
  };
}
