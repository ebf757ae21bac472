import { urlsOf } from "../ice/parsed_ice_url.ts";
import { type Check, count, failed, type Outcome, passed, roundMs, time } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import type { OpenedSource } from "./opened_source.ts";

/** The providers that credentials are fetched from. */
export function sourceChecks({ config, sources, now }: DoctorContext): readonly Check[] {
  return sources.flatMap((source, index): Check[] => {
    const entry = config.iceServers[index];
    if (entry === undefined || !("source" in entry) || entry.source === "turn-rest") return [];
    const name = `${entry.source} [${index}]`;
    return [{ group: "sources", name, run: async () => judgeSource(await source, now()) }];
  });
}

export function judgeSource({ servers, failure, expiresAtMs, tookMs }: OpenedSource, nowMs: number): Outcome {
  if (failure !== undefined) return failed(`${failure}, after ${time(tookMs)}`, adviceFor(failure));
  const urls = urlsOf(servers).length;
  const life = expiresAtMs === undefined ? "" : `, credentials good for ${lifeText(expiresAtMs - nowMs)}`;
  return passed(`gave ${count(urls, "URL")} in ${time(tookMs)}${life}`, { urls, tookMs: roundMs(tookMs) });
}

function lifeText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes >= 120 ? `${Math.round(minutes / 60)} h` : `${minutes} min`;
}

const meanwhile = "Until it answers, clients get no servers of it; the node tries on by itself.";

function adviceFor(failure: string): string {
  const status = Number(/ answered (\d{3})$/.exec(failure)?.[1]);
  if (status === 401 || status === 403)
    return "It refuses the key: make a new one in the provider's console, and check which field holds which (docs/ice.md).";
  if (status === 404)
    return "It does not know the key's id, account or app: compare it with the provider's console (docs/ice.md).";
  if (status === 429) return `Too many requests: wait some minutes and run this again. ${meanwhile}`;
  if (status >= 500) return `The provider has a fault: look at its status page. ${meanwhile}`;
  if (failure.includes("ENOTFOUND") || failure.includes("EAI_AGAIN"))
    return `Its name does not resolve: check DNS on this machine (and "app" of metered). ${meanwhile}`;
  if (failure.includes("CERT") || failure.includes("SIGNED"))
    return "Its certificate is not trusted here: is a proxy in between? Give its authority in NODE_EXTRA_CA_CERTS.";
  return `Check that this machine may reach it by HTTPS (firewall, proxy), and its status page. ${meanwhile}`;
}
