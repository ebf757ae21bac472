import type { Logger } from "../../actors/logger.ts";
import type { IceEntry } from "../../config/ice_servers.ts";
import type { IceServer } from "../../protocol/ice_server.ts";
import { openIceSources } from "../ice/open_ice_sources.ts";

/** How long a provider may take, in milliseconds. Ours: more than each of its requests may, so that why it failed is told. */
const fetchTimeoutMs = 22_000;
/** Who credentials are made for. */
const peerId = "doctor";

/** What came of an entry of `--ice-servers`. */
export interface OpenedSource {
  readonly entry: IceEntry;
  /** `cloudflare`, `metered-2`; "static" for a server by its name. */
  readonly name: string;
  readonly servers: readonly IceServer[];
  readonly expiresAtMs?: number | undefined;
  /** Why there are none, without a secret. */
  readonly failure?: string;
  readonly tookMs: number;
}

/** Opens each entry as a node does, by itself, once `after` is there, and closes it again. */
export function openSources(
  entries: readonly IceEntry[],
  { now, after }: { readonly now: () => number; readonly after: Promise<unknown> },
): readonly Promise<OpenedSource>[] {
  const counts = new Map<string, number>();
  return entries.map((entry) => {
    const kind = "source" in entry ? entry.source : "static";
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const name = count === 1 ? kind : `${kind}-${count}`;
    return after.then(() => openSource(entry, { name, now }));
  });
}

async function openSource(
  entry: IceEntry,
  { name, now }: { readonly name: string; readonly now: () => number },
): Promise<OpenedSource> {
  const beganMs = performance.now();
  const failed = Promise.withResolvers<string>();
  const fetched = Promise.withResolvers<undefined>();
  const sources = openIceSources([entry], { log: loggerOf(failed.resolve), now });
  sources.watch?.(() => fetched.resolve(undefined));
  const timer = setTimeout(() => failed.resolve("it did not answer in time"), fetchTimeoutMs);
  try {
    const isFetched = "source" in entry && entry.source !== "turn-rest";
    const failure = isFetched ? await Promise.race([failed.promise, fetched.promise]) : undefined;
    const { iceServers: servers, expiresAtMs } = sources.issue(peerId);
    const tookMs = performance.now() - beganMs;
    return { entry, name, servers, expiresAtMs, tookMs, ...(failure === undefined ? {} : { failure }) };
  } finally {
    clearTimeout(timer);
    sources.stop();
  }
}

/** Told of the reason that a source logs for a fetch that failed. */
function loggerOf(failed: (reason: string) => void): Logger {
  const log: Logger = {
    isQuiet: true,
    debug: () => undefined,
    info: () => undefined,
    warn: (_event, fields) => failed(String(fields?.["reason"] ?? "unknown")),
    error: (_event, fields) => failed(String(fields?.["error"] ?? "unknown")),
    child: () => log,
  };
  return log;
}
