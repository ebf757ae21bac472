import type { SnapshotFrom } from "xstate";
import type { BusLink } from "../../actors/bus.ts";
import type { nodeMachine } from "../../machines/node_machine.ts";
import type { Readiness } from "./http_routes.ts";

/** What a node says of itself to load balancers. Anyone may ask: why the bus is not reached, which names its servers, is in the log only. */
export function readinessOf(snapshot: SnapshotFrom<typeof nodeMachine>, link: BusLink): Readiness {
  if (snapshot.matches("starting")) return { status: "starting" };
  if (!snapshot.matches("ready")) return { status: "draining" };
  return link.state === "connected" ? { status: "ready" } : { status: "cut-off", reason: `bus ${link.state}` };
}
