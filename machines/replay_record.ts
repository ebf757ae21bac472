import type { AnyStateMachine } from "xstate";
import type { ConnectionRecord, ExportedActor } from "../protocol/connection_record.ts";
import { recordedMachines } from "./recorded_machines.ts";
import { type ReplayActorOptions, type ReplayedActor, type ReplayedStep, replayActor } from "./replay_actor.ts";
import { type SentDifference, sentDifferences } from "./replay_sent.ts";

export interface ReplayOptions {
  /** What goes on after a step that differs; the record, by which later differences show, too. */
  readonly follow?: ReplayActorOptions["follow"];
  /** Default: those of this version. */
  readonly machines?: ReadonlyMap<string, AnyStateMachine>;
}

/** A step that leads elsewhere than it did. */
export interface Departure {
  readonly actor: ExportedActor;
  readonly step: ReplayedStep;
}

export interface Replay {
  readonly record: ConnectionRecord;
  readonly actors: readonly ReplayedActor[];
  readonly departures: readonly Departure[];
  /** What actors tell each other now and did not, or the other way round. */
  readonly sentDifferences: readonly SentDifference[];
  /** Of kinds that this version has no machine for. */
  readonly unknown: readonly ExportedActor[];
}

/**
 * Runs a record through the machines again: each actor by itself, told what it was told then, with what time limits and others told it. What
 * the machines tell each other now is held against what was told then.
 */
export function replayRecord(record: ConnectionRecord, options: ReplayOptions = {}): Replay {
  const { follow = "record", machines = recordedMachines } = options;
  const actors: ReplayedActor[] = [];
  const unknown: ExportedActor[] = [];
  for (const actor of record.actors) {
    const machine = machines.get(actor.kind);
    const children = record.actors
      .filter(({ origin, parent }) => origin === actor.origin && parent === actor.address)
      .map(({ name }) => name);
    if (machine === undefined) unknown.push(actor);
    else actors.push(replayActor(machine, actor, { children, follow }));
  }
  const departures = actors.flatMap(({ actor, steps }) =>
    steps.filter(({ difference }) => difference !== undefined).map((step) => ({ actor, step })),
  );
  return { record, actors, departures, unknown, sentDifferences: follow === "record" ? sentDifferences(actors) : [] };
}
