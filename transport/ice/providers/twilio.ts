import type { IceProvider } from "../../../actors/ports.ts";
import { sourceLives, type TwilioSource } from "../../../config/ice_sources.ts";
import { requestJson } from "../http_json.ts";
import { readIceServers } from "../read_ice_servers.ts";

/** Twilio's Network Traversal Service: a token, of 24 hours at most, that has no name and is only ever created (www.twilio.com/docs/stun-turn/api). */
export function twilioProvider(source: TwilioSource, now: () => number): IceProvider {
  const { accountSid, keySid = accountSid, authToken, ttlMs, url = "https://api.twilio.com" } = source;
  const createToken = async (lifeMs: number) => {
    const askedAtMs = now();
    const answer = await requestJson({
      url: new URL(`/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Tokens.json`, url),
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${keySid}:${authToken}`).toString("base64")}` },
      body: new URLSearchParams({ Ttl: String(Math.round(lifeMs / 1_000)) }),
    });
    const { ice_servers, ttl } = (answer ?? {}) as { readonly ice_servers?: unknown; readonly ttl?: unknown };
    // It may grant less than was asked for, and says so, as text.
    const grantedMs = Number(ttl) * 1_000;
    const renewInMs = grantedMs > 0 ? Math.min(grantedMs, lifeMs) : lifeMs;
    return { iceServers: readIceServers(ice_servers, "Twilio"), expiresAtMs: askedAtMs + renewInMs, renewInMs };
  };
  return {
    fetch: () => createToken(ttlMs),
    credentials: {
      lives: sourceLives.twilio,
      issue: (_, lifeMs = ttlMs) => createToken(lifeMs),
      list: "Twilio keeps no list of tokens",
      disable: "Twilio cannot take a token back: it ends with its ttl",
      usage: "Twilio tells usage of the whole account, in its console",
    },
  };
}
