import type { IceEntry } from "../../config/ice_servers.ts";
import { IceFailure } from "../ice/ice_failure.ts";
import { TurnAllocation } from "../ice/turn_allocation.ts";
import { TurnRestServers } from "../ice/turn_rest_servers.ts";
import { type Check, type CheckEnd, failed, type Outcome, passed, roundMs, skipped, time, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { openTurnClient, turnTargets } from "./turn_target.ts";

/** Clocks that differ by less are as good as the same: lives of credentials are longer. Ours. */
const toleranceMs = 60_000;
/** Steps in which a difference is looked for, in milliseconds: to a week, the longest life of a credential. */
const stepsMs = [60_000, 600_000, 3_600_000, 12 * 3_600_000, 168 * 3_600_000];
const dateTimeoutMs = 5_000;

type TurnRestEntry = Extract<IceEntry, { readonly source: "turn-rest" }>;

type ClockContext = Pick<DoctorContext, "config" | "now" | "calm">;

/** Whether our clock is that of those who judge by it. */
export function clockChecks(context: ClockContext): readonly Check[] {
  return [{ group: "clock", name: "clock", run: () => expandClocks(context) }];
}

async function expandClocks({ config, now, calm }: ClockContext): Promise<CheckEnd> {
  await calm;
  const next = config.iceServers.flatMap((entry, place): Check[] => {
    if (!("source" in entry)) return [];
    if (entry.source === "turn-rest") {
      return [{ group: "clock", name: `TURN server [${place}]`, run: () => checkTurnClock(entry, now) }];
    }
    const url = new URL(entry.url ?? originOf(entry));
    return [{ group: "clock", name: url.host, run: () => checkHttpClock(url, now) }];
  });
  return next.length > 0
    ? { next }
    : skipped("nobody at hand whose clock could be compared (a turn-rest source, or a provider)");
}

function originOf(entry: Exclude<IceEntry, { readonly urls: unknown }>): string {
  if (entry.source === "cloudflare") return "https://rtc.live.cloudflare.com";
  return entry.source === "twilio"
    ? "https://api.twilio.com"
    : `https://${entry.source === "metered" ? entry.app : ""}.metered.live`;
}

/** By the header `Date` (RFC 9110, 6.6.1), which is exact to a second. */
async function checkHttpClock(url: URL, now: () => number): Promise<Outcome> {
  const beganMs = performance.now();
  try {
    const response = await fetch(url.origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(dateTimeoutMs),
    });
    await response.body?.cancel();
    const roundTripMs = performance.now() - beganMs;
    const theirsMs = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(theirsMs)) return skipped(`${url.host} does not say what time it is`);
    return judgeHttpClock({ host: url.host, offMs: now() - roundTripMs / 2 - theirsMs - 500, roundTripMs });
  } catch {
    return skipped(`${url.host} did not answer`);
  }
}

export function judgeHttpClock(seen: {
  readonly host: string;
  readonly offMs: number;
  readonly roundTripMs: number;
}): Outcome {
  const { host, offMs, roundTripMs } = seen;
  const facts = { offMs: roundMs(offMs) };
  // What the header and the way can be wrong by.
  if (Math.abs(offMs) <= 1_000 + roundTripMs) return passed(`as that of ${host}, to a second (its header Date)`, facts);
  const saw = `this machine is ${time(Math.abs(offMs))} ${offMs > 0 ? "ahead of" : "behind"} ${host} (its header Date)`;
  if (Math.abs(offMs) <= toleranceMs) return passed(saw, facts);
  return warning(
    saw,
    "Have the time kept by NTP (timedatectl set-ntp true): credentials, tokens and certificates are judged by it.",
    facts,
  );
}

/** How far a TURN server's clock is from ours, by which credentials it takes: one bound of each side may be open. */
export interface ClockBounds {
  /** Its clock is at most so much ahead of ours: it took a credential that ends then. */
  readonly atMostMs: number | undefined;
  /** Its clock is more than this from ours: it refused a credential that ended then. */
  readonly aboveMs: number | undefined;
}

async function checkTurnClock(entry: TurnRestEntry, now: () => number): Promise<Outcome> {
  const place = { entry, name: "turn-rest", servers: [], tookMs: 0 } as const;
  // Any of its URLs that answers will do.
  const [target] = turnTargets([
    { ...place, servers: [{ urls: [...entry.urls], username: "", credential: "" }] },
  ]).filter(({ url }) => url.transport !== "dtls");
  if (target === undefined) return skipped("no URL that can be asked");
  try {
    const bounds = await boundClock(async (endsInMs) => {
      const [server] = new TurnRestServers({ ...entry, ttlMs: endsInMs, now }).issue("doctor-clock").iceServers;
      const { client } = await openTurnClient(target.url);
      try {
        const login = { username: server?.username ?? "", credential: server?.credential ?? "" };
        const allocation = await TurnAllocation.create(client, login);
        await allocation.release();
        return true;
      } catch (error) {
        if (error instanceof IceFailure && error.code === "401") return false;
        throw error;
      } finally {
        client.close();
      }
    });
    return judgeTurnClock(bounds, { host: target.url.host, ttlMs: entry.ttlMs });
  } catch (error) {
    if (error instanceof IceFailure)
      return skipped(`${target.url.host} could not be asked (${error.step}: ${error.code}), see TURN`);
    throw error;
  }
}

/** Looks for the difference: `isTaken` says whether a credential that ends after so many milliseconds, or ended before, is. */
export async function boundClock(isTaken: (endsInMs: number) => Promise<boolean>): Promise<ClockBounds> {
  const [isSoonTaken, isEndedTaken] = await Promise.all([isTaken(toleranceMs), isTaken(-toleranceMs)]);
  if (isSoonTaken && !isEndedTaken) return { atMostMs: toleranceMs, aboveMs: -toleranceMs };
  const [sign, others] = isSoonTaken ? [-1, stepsMs.slice(1)] : [1, stepsMs.slice(1)];
  let last = sign * toleranceMs;
  for (const stepMs of others) {
    const isStepTaken = await isTaken(sign * stepMs);
    if (sign === 1 && isStepTaken) return { atMostMs: stepMs, aboveMs: last };
    if (sign === -1 && !isStepTaken) return { atMostMs: last, aboveMs: -stepMs };
    last = sign * stepMs;
  }
  return sign === 1 ? { atMostMs: undefined, aboveMs: last } : { atMostMs: last, aboveMs: undefined };
}

export function judgeTurnClock(
  { atMostMs, aboveMs }: ClockBounds,
  { host, ttlMs }: { readonly host: string; readonly ttlMs: number },
): Outcome {
  const how = "by which credentials it takes";
  const fix = "Have the time kept by NTP on both machines (timedatectl set-ntp true).";
  if (atMostMs === undefined) {
    return skipped(`${host} takes no credential of this secret, whenever it ends: see TURN`);
  }
  if (aboveMs === undefined) {
    return warning(
      `${host} takes credentials that ended a week ago`,
      "Does it check their end? Only use-auth-secret of coturn does; a clock that far behind does not either.",
    );
  }
  const facts = { serverAheadOverMs: aboveMs, serverAheadAtMostMs: atMostMs };
  if (atMostMs <= toleranceMs && aboveMs >= -toleranceMs) {
    return passed(`as that of ${host}, within ${toleranceMs / 1_000} s (${how})`, facts);
  }
  if (aboveMs < 0) {
    return warning(
      `the clock of ${host} is ${span(-atMostMs, -aboveMs)} behind ours (${how}): credentials live that much longer`,
      fix,
      facts,
    );
  }
  const saw = `the clock of ${host} is ${span(aboveMs, atMostMs)} ahead of ours (${how})`;
  if (aboveMs >= ttlMs || atMostMs > ttlMs) {
    return failed(`${saw}, and ours end after ${long(ttlMs)}: it may refuse all of them`, fix, facts);
  }
  return warning(`${saw}: credentials end that much sooner`, fix, facts);
}

function span(fromMs: number, toMs: number): string {
  return `${long(fromMs)} to ${long(toMs)}`;
}

function long(ms: number): string {
  if (ms >= 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1_000)} s`;
}
