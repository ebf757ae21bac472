import { IceFailure } from "../ice/ice_failure.ts";
import { type ParsedIceUrl, urlsOf } from "../ice/parsed_ice_url.ts";
import { type Check, failed, type Outcome, passed, roundMs, skipped, time, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { type StunSighting, sightFrom } from "./stun_sightings.ts";

/** Every STUN server there is, and whether they agree. */
export function stunChecks(context: DoctorContext): readonly Check[] {
  return [{ group: "STUN", name: "servers", run: () => expandServers(context) }];
}

async function expandServers({ sources, sightings }: DoctorContext) {
  const opened = await Promise.all(sources);
  const urls = urlsOf(opened.flatMap(({ servers }) => servers)).filter(({ isTurn }) => !isTurn);
  const asked = urls.map((url) => ({ url, seen: sightFrom(url) }));
  void Promise.allSettled(asked.map(({ seen }) => seen)).then((results) =>
    sightings.tell(results.flatMap((result) => (result.status === "fulfilled" ? result.value : []))),
  );
  if (urls.length === 0) return skipped("none configured; a node whose ports are reachable needs none");
  const checks = asked.map(
    ({ url, seen }): Check => ({ group: "STUN", name: url.url, run: () => checkServer(url, seen) }),
  );
  const agreement: Check = {
    group: "STUN",
    name: "agreement",
    run: async () => {
      const seen = await sightings.value;
      const answered = new Set(seen.flatMap(({ url, mapped }) => (mapped === undefined ? [] : [url])));
      return answered.size < 2 ? { next: [] } : judgeAgreement(seen);
    },
  };
  return { next: [...checks, agreement] };
}

async function checkServer({ host }: ParsedIceUrl, seen: Promise<readonly StunSighting[]>): Promise<Outcome> {
  try {
    return judgeSightings(await seen);
  } catch (error) {
    if (!(error instanceof IceFailure)) throw error;
    return failed(
      `${host} does not resolve (${error.code})`,
      "Check the name in --ice-servers, and DNS on this machine. Clients wait for a server that is not there when they connect.",
    );
  }
}

/** Of one server, over each family that it has an address of. */
export function judgeSightings(seen: readonly StunSighting[]): Outcome {
  const saw = seen.map(describe).join("; ");
  const facts = Object.fromEntries(
    seen.flatMap(({ family, mapped, roundTripMs }) =>
      mapped === undefined || roundTripMs === undefined
        ? []
        : [
            [`mapped${family}`, mapped.address],
            [`roundTrip${family}Ms`, roundMs(roundTripMs)],
          ],
    ),
  );
  // A machine without IPv6 need not reach what has an address of it.
  const silent = seen.filter(({ failure }) => failure !== undefined && !isUnroutable(failure));
  const isHeard = seen.some(({ mapped }) => mapped !== undefined);
  if (isHeard && silent.length === 0) return passed(saw, facts);
  const isClosed = silent.some(({ failure }) => failure?.code === "ECONNREFUSED");
  const advice = isClosed
    ? "Nothing listens there: check the port in --ice-servers, and whether the server runs."
    : "Check that it runs, and that firewalls let UDP to it out and its answers in; it needs an address of a family that this machine has.";
  return isHeard ? warning(saw, advice, facts) : failed(saw, advice, facts);
}

function describe({ family, server, mapped, roundTripMs = 0, failure }: StunSighting): string {
  if (mapped !== undefined) return `${family}: answers in ${time(roundTripMs)}, sees us at ${mapped.address}`;
  if (failure === undefined) return `${family}: not asked`;
  if (isUnroutable(failure)) return `${family}: this machine has no way to ${server.address}`;
  const why =
    failure.code === "TIMEOUT"
      ? "no answer within 3 s"
      : failure.code === "ECONNREFUSED"
        ? "nothing listens there"
        : failure.code;
  return `${family}: ${why} (${server.address} port ${server.port})`;
}

function isUnroutable({ code }: IceFailure): boolean {
  return code === "ENETUNREACH" || code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}

export function judgeAgreement(seen: readonly StunSighting[]): Outcome {
  const byFamily = Map.groupBy(
    seen.filter(({ mapped }) => mapped !== undefined),
    ({ family }) => family,
  );
  const found = [...byFamily].map(([family, some]) => ({
    family,
    addresses: [...new Set(some.map(({ mapped }) => mapped?.address ?? ""))],
  }));
  const split = found.filter(({ addresses }) => addresses.length > 1);
  if (split.length === 0) return passed(`all see us at ${found.flatMap(({ addresses }) => addresses).join(" and ")}`);
  return warning(
    split.map(({ family, addresses }) => `${family}: servers see us at ${addresses.join(" and ")}`).join("; "),
    "This machine leaves by several ways (several providers, a proxy, or a server within the same network): clients can use only the one that reaches it. Give the right one with --announce-ip.",
  );
}
