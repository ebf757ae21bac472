import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnyActorRef, type AnyEventObject, type AnyStateMachine, createActor, SimulatedClock } from "xstate";
import { exportActors } from "../../actors/export_actors.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { recordedMachines } from "../../machines/recorded_machines.ts";
import { replayDepartures } from "../../machines/replay_report.ts";
import { type ConnectionRecord, type ExportedActor, recordFormat } from "../../protocol/connection_record.ts";
import { eventsOf, inputOf } from "./replay_events.ts";
import "../kit/quiet_xstate.ts";

/** Something that happens in a walk: an event to one of the actors, or time that passes. */
type Move =
  | { readonly event: AnyEventObject; readonly depth: number; readonly child: number }
  | { readonly waitMs: number };

function moveOf(kind: string): fc.Arbitrary<Move> {
  const events = fc.constantFrom(...eventsOf(kind));
  return fc.oneof(
    { weight: 9, arbitrary: fc.record({ event: events, depth: fc.nat(2), child: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(100, 6_000, 31_000) }) },
  );
}

/** The actor itself, or one below it. */
function targetOf(actor: AnyActorRef, depth: number, child: number): AnyActorRef {
  const children = Object.values((actor.getSnapshot() as { children?: Record<string, AnyActorRef> }).children ?? {});
  const next = children[child % Math.max(1, children.length)];
  return depth === 0 || next === undefined ? actor : targetOf(next, depth - 1, child);
}

/** A machine that is told anything at all, and what was recorded of it. */
function walked(machine: AnyStateMachine, moves: readonly Move[], maxRecordedEvents: number): ConnectionRecord {
  const recorder = new FlightRecorder({ maxRecordedEvents });
  const clock = new SimulatedClock();
  const recorded = recorder.record({ id: "root", labels: () => ({ peers: ["x"] }) });
  const actor = createActor(machine, { id: "root", input: inputOf(machine.id), clock, ...recorded });
  actor.subscribe({ error: () => undefined });
  actor.start();
  for (const move of moves) {
    if ("waitMs" in move) clock.increment(move.waitMs);
    else targetOf(actor, move.depth, move.child).send(move.event);
  }
  const actors = JSON.parse(
    exportActors(recorder.records, "x", { nodeId: "n", origin: "o", epochMs: 0 }),
  ) as ExportedActor[];
  return {
    format: recordFormat,
    version: "0",
    exportedAt: "2026-01-01T00:00:00.000Z",
    peer: "x",
    missingNodes: [],
    actors,
  };
}

const roots = [...recordedMachines.keys()].filter((kind) => kind !== "negotiation" && kind !== "connectivity");

test.each(roots)("[RR24] whatever %s was told, its record leads to the same states again", (kind) => {
  const machine = recordedMachines.get(kind);
  if (machine === undefined) throw new Error(`There is no machine ${kind}`);
  const seen = new Map<string, Set<string>>();
  const moves = fc.array(moveOf(kind), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(moves, fc.constantFrom(1_000, 1_000, 5), (moves, maxRecordedEvents) => {
      const record = walked(machine, moves, maxRecordedEvents);
      for (const { kind, events } of record.actors) {
        const states = seen.get(kind) ?? new Set();
        seen.set(kind, states);
        for (const { after } of events) states.add(JSON.stringify(after?.value));
      }
      expect(replayDepartures(record)).toEqual([]);
    }),
    { numRuns: 300 },
  );
  // The walks go somewhere, through all machines below it, too.
  for (const [kind, states] of seen) expect([kind, states.size > 2]).toEqual([kind, true]);
});
