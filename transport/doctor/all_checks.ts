import type { Config } from "../../config.ts";
import { listHostAddresses } from "../media/host_addresses.ts";
import { addressChecks } from "./address_checks.ts";
import type { Check } from "./check.ts";
import { clockChecks } from "./clock_checks.ts";
import { createTold, type DoctorContext } from "./doctor_context.ts";
import { natsChecks } from "./nats_checks.ts";
import { openSources } from "./opened_source.ts";
import { outsideChecks } from "./outside_checks.ts";
import { portChecks } from "./port_checks.ts";
import { programChecks } from "./program_checks.ts";
import { settingChecks } from "./setting_checks.ts";
import { sourceChecks } from "./source_checks.ts";
import { stunChecks } from "./stun_checks.ts";
import { turnChecks } from "./turn_checks.ts";

/** All there is to check for a node that is started with these settings, in the order of the groups. */
export function allChecks(config: Config, argv: readonly string[]): readonly Check[] {
  const freePorts = createTold<readonly number[]>();
  // What keeps this process busy is over then, so that times of the network are those of the network. Why it failed is told by its check.
  const engine = import("../edge/edge.ts").catch(() => undefined);
  const calm = Promise.all([freePorts.value, engine]);
  const context: DoctorContext = {
    config,
    argv,
    hosts: listHostAddresses(config.interfaces),
    now: Date.now,
    sources: openSources(config.iceServers, { now: Date.now, after: calm }),
    calm,
    freePorts,
    sightings: createTold(),
    relays: createTold(),
  };
  return [
    programChecks,
    settingChecks,
    portChecks,
    addressChecks,
    sourceChecks,
    stunChecks,
    turnChecks,
    outsideChecks,
    clockChecks,
    natsChecks,
  ].flatMap((checksOf) => checksOf(context));
}
