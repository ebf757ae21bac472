import { type Actor, createActor, type SnapshotFrom } from "xstate";
import { type BusLinkEvent, type BusLinkTimeouts, busLinkMachine } from "../machines/bus_link_machine.ts";
import type { BusLink } from "./bus.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";

/** What the link is made of: one call for each order of the machine. */
export interface BusLinkEffects {
  /** Opens a link. @throws why not, in words for operators that hold no secret */
  dial(): Promise<void>;
  /** Sends what waits and lets go of whatever there is, a link that is still being opened too. */
  hangUp(): Promise<void>;
  /** Told of every change. */
  linkChanged(link: BusLink): void;
}

export interface BusLinkActorOptions extends BusLinkEffects {
  readonly timeouts: BusLinkTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The link machine with its effects. `link.lost` is sent by whoever dialed. */
export function createBusLinkActor(options: BusLinkActorOptions): Actor<typeof busLinkMachine> {
  const { log, random } = options;
  const logic = busLinkMachine.provide({
    actions: {
      dial: ({ self }) => {
        // What is still being dialed at the end comes to nothing.
        const tell = (event: BusLinkEvent) => {
          if (self.getSnapshot().status === "active") self.send(event);
        };
        options.dial().then(
          () => tell({ type: "link.opened" }),
          (error) => tell({ type: "link.failed", reason: reasonOf(error), jitter: random() }),
        );
      },
      hangUp: ({ self }) => {
        void options.hangUp().finally(() => {
          if (self.getSnapshot().status === "active") self.send({ type: "link.closed" });
        });
      },
      reportFailure: ({ context: { failures, reason } }) => {
        // The 1st, 2nd, 4th, 8th ...: the log of a night without a server can be read.
        if (Number.isInteger(Math.log2(failures))) {
          log.warn("bus not reached, trying on", {
            reason,
            attempts: failures,
            hint: "see that nats-server runs at --nats and takes these credentials; local calls go on, /readyz says 503",
          });
        }
      },
    },
  });
  const actor = createActor(logic, {
    id: "bus-link",
    systemId: "bus-link",
    ...options.recorder?.record({ id: "bus-link", parent: "node" }),
    input: { timeouts: options.timeouts },
  });
  actor.subscribe((snapshot) => {
    const link = linkOf(snapshot);
    if (link !== undefined) options.linkChanged(link);
  });
  return actor;
}

/** What a snapshot of the machine means to others; undefined while it closes, when nothing changes yet. */
function linkOf(snapshot: SnapshotFrom<typeof busLinkMachine>): BusLink | undefined {
  const { reason } = snapshot.context;
  if (snapshot.matches("closing")) return undefined;
  if (snapshot.matches("closed")) return { state: "closed", reason };
  if (snapshot.matches("connected")) return { state: "connected", reason };
  if (snapshot.matches("reconnecting")) return { state: "reconnecting", reason };
  return { state: "connecting", reason: reason === "" ? "not reached yet" : reason };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
