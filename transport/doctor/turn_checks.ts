import { chooseTcpPorts } from "../../config/tcp_ports.ts";
import type { Config } from "../../config.ts";
import { IceFailure } from "../ice/ice_failure.ts";
import type { StunClient } from "../ice/stun_client.ts";
import { TurnAllocation } from "../ice/turn_allocation.ts";
import { type Check, type CheckEnd, count, type Outcome, passed, roundMs, skipped, time, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import { type RelayTrial, tryRelay } from "./relay_trial.ts";
import { soonDays } from "./setting_checks.ts";
import { judgeCertificateFault, judgeTurnFailure } from "./turn_advice.ts";
import { openTurnClient, type TurnTarget, turnTargets, type UsableRelay } from "./turn_target.ts";

const dayMs = 86_400_000;

/** Every URL of every TURN server there is. */
export function turnChecks(context: DoctorContext): readonly Check[] {
  return [{ group: "TURN", name: "servers", run: () => expandServers(context) }];
}

async function expandServers({ config, sources, relays, now }: DoctorContext): Promise<CheckEnd> {
  const opened = await Promise.all(sources);
  const targets = turnTargets(opened);
  const usable = new Map<TurnTarget, UsableRelay>();
  const left = new Set(targets);
  const end = (target: TurnTarget) => {
    left.delete(target);
    if (left.size === 0) relays.tell(targets.flatMap((each) => usable.get(each) ?? []));
  };
  if (targets.length === 0) {
    relays.tell([]);
    const isMissing = opened.some(({ failure }) => failure !== undefined);
    return isMissing ? skipped("none: what would give them failed, see above") : judgeNoServers(config);
  }
  const next = targets.map(
    (target): Check => ({
      group: "TURN",
      name: target.url.url,
      run: async () => {
        try {
          return await checkServer(target, { nowMs: now(), works: (relay) => usable.set(target, relay) });
        } finally {
          end(target);
        }
      },
    }),
  );
  return { next };
}

/** What it means that there is no TURN server. */
export function judgeNoServers(
  config: Pick<Config, "isOpen" | "relayCandidates" | "tcpPorts" | "udpPorts" | "port">,
): Outcome {
  if (config.relayCandidates === "on") {
    return warning(
      "none configured, and --relay-candidates on wants relays for the node",
      "Give a TURN server with --ice-servers, or take --relay-candidates away.",
    );
  }
  if (!config.isOpen) return skipped("none configured; only clients on this machine can connect, which need none");
  return skipped(
    chooseTcpPorts(config) === undefined
      ? "none configured; clients that no UDP gets through to cannot connect"
      : "none configured; clients that no UDP gets through to connect by TCP where they reach the TCP port for media, others cannot",
  );
}

interface ServerOptions {
  readonly nowMs: number;
  /** Called when it gave a relay. */
  readonly works: (relay: UsableRelay) => void;
}

async function checkServer(target: TurnTarget, { nowMs, works }: ServerOptions): Promise<Outcome> {
  const { url } = target;
  if (url.transport === "dtls") return skipped("TURN over DTLS is used by no browser, and not by the node");
  const clients: StunClient[] = [];
  const open = async () => {
    const opened = await openTurnClient(url);
    clients.push(opened.client);
    return opened;
  };
  try {
    const { client, address } = await open();
    const { connectMs, certificate } = client.channel;
    if (certificate?.fault !== undefined) {
      return judgeCertificateFault(certificate.fault, { ...certificate, host: url.host });
    }
    const beganMs = performance.now();
    const allocation = await TurnAllocation.create(client, target.login);
    const allocateMs = performance.now() - beganMs;
    const trial = await tryRelay(
      allocation,
      async () => await TurnAllocation.create((await open()).client, target.login),
    );
    works({ target, server: address, mapped: allocation.mapped, meets: trial.isBetween });
    const kept = await keepAndRelease(allocation);
    const daysLeft = certificate === undefined ? undefined : Math.floor((certificate.expiresAtMs - nowMs) / dayMs);
    return judgeServer({ address, connectMs, allocation, allocateMs, trial, kept, daysLeft });
  } catch (error) {
    if (error instanceof IceFailure) return judgeTurnFailure(error, target);
    throw error;
  } finally {
    for (const client of clients) client.close();
  }
}

/** Refreshes and releases; the failure of what did not work. */
async function keepAndRelease(allocation: TurnAllocation): Promise<IceFailure | undefined> {
  try {
    await allocation.refresh();
    await allocation.release();
    return undefined;
  } catch (error) {
    if (error instanceof IceFailure) return error;
    throw error;
  }
}

export interface ServerFindings {
  /** Of the server. */
  readonly address: string;
  /** 0 for UDP. */
  readonly connectMs: number;
  readonly allocation: Pick<TurnAllocation, "relayed" | "software" | "lifetimeS">;
  readonly allocateMs: number;
  readonly trial: RelayTrial;
  /** What failed afterwards. */
  readonly kept: IceFailure | undefined;
  /** Of its certificate. */
  readonly daysLeft: number | undefined;
}

export function judgeServer(found: ServerFindings): Outcome {
  const { address, connectMs, allocation, allocateMs, trial, kept, daysLeft } = found;
  const { relayed, software } = allocation;
  const steps = [
    ...(connectMs === 0 ? [] : [`connected in ${time(connectMs)}`]),
    ...(daysLeft === undefined ? [] : [`certificate good for ${count(daysLeft, "day")}`]),
    `relay ${relayed.address}:${relayed.port} in ${time(allocateMs)}`,
    trial.saw,
    kept === undefined ? "refreshed and released" : `${kept.step} failed (${kept.code})`,
  ];
  const saw = `${steps.join(", ")}${software === undefined ? "" : ` (${software})`}`;
  const facts = {
    server: address,
    relayed: relayed.address,
    connectMs: roundMs(connectMs),
    allocateMs: roundMs(allocateMs),
    ...(trial.throughMs === undefined ? {} : { throughMs: roundMs(trial.throughMs) }),
    ...(daysLeft === undefined ? {} : { certificateDaysLeft: daysLeft }),
  };
  if (trial.advice !== undefined)
    return { verdict: trial.isBroken ? "failed" : "warning", saw, advice: trial.advice, facts };
  if (kept !== undefined)
    return warning(saw, "Calls over it end when their allocation does: look at the server's log.", facts);
  if (daysLeft !== undefined && daysLeft < soonDays) return warning(saw, "Renew its certificate now.", facts);
  return passed(saw, facts);
}
