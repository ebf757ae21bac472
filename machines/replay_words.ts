import type { ExportedActor, ExportedEvent } from "../protocol/connection_record.ts";
import type { ConnectionOutcome } from "./connection_outcome.ts";
import type { ReplayedStep } from "./replay_actor.ts";
import type { Departure, Replay } from "./replay_record.ts";
import type { SentDifference } from "./replay_sent.ts";
import { stateText } from "./state_text.ts";

/** `negotiation (peer 3f2a-1)`: what an actor is called in a sentence. */
export function actorText({ kind, name, address }: ExportedActor): string {
  const owner = name === kind ? (address.split("/").at(-2) ?? "") : name;
  return name === kind && owner !== "" ? `${kind} (peer ${owner})` : `${kind} (${name})`;
}

/** A step that leads elsewhere than it did, in a sentence. */
export function departureText({ actor, step }: Departure): string {
  const { number, recorded, difference } = step;
  const where = `replay departs at step ${number} of ${actorText(actor)}: ${recorded.event.type}`;
  if (difference?.of === "fault") return `${where} throws "${difference.replayed}", recorded: ${difference.recorded}`;
  return `${where} led to ${difference?.replayed}, recorded: ${difference?.recorded}`;
}

/** What one actor tells another one now and did not, in a sentence. */
export function sentText({ from, to, step, replayed, recorded }: SentDifference): string {
  const where = step === undefined ? "in" : `at step ${step} of`;
  const now = replayed === undefined ? "nothing" : replayed === recorded ? `another ${replayed}` : replayed;
  return `replay departs ${where} ${actorText(from)}: it tells ${actorText(to)} ${now}, recorded: ${recorded ?? "nothing"}`;
}

/** What became of a peer connection that came to no good, with all that led to it. */
export function outcomeText({ actor, wanted, reached, step }: ConnectionOutcome, replay: Replay): string {
  const by = step === undefined ? "" : ` after step ${step.number}, ${step.recorded.event.type}`;
  const state = stateText(step?.state?.value);
  const then = step?.state === undefined || state === reached ? "" : `, and ended in ${reached}`;
  const lines = stepLines(replay, step?.recorded);
  return `${actorText(actor)} should have come to ${wanted}. It was in ${state}${by}${then}:\n${lines.join("\n")}`;
}

/** All steps of a record, in the order of time, one line each: when, whose, which, what, and where it led to. With `last` those up to it. */
export function stepLines(replay: Replay, last?: ExportedEvent): readonly string[] {
  const beganAt = Math.min(...replay.actors.map(({ actor }) => actor.startedAt));
  const lines = replay.actors.flatMap(({ actor, steps }) => {
    const epochMs = actor.startedAt - actor.startedAtMs;
    const byEvent = new Map(steps.map((step) => [step.recorded, step]));
    return actor.events.map((event) => ({
      origin: actor.origin,
      event,
      seq: event.seq,
      atMs: epochMs + event.atMs - beganAt,
      text: lineOf(actor, event, byEvent.get(event)),
    }));
  });
  // An event is dated when it was sent, and numbered then, too; what one node numbered stays in that order.
  const sorted = [...Map.groupBy(lines, ({ origin }) => origin).values()]
    .flatMap((ofNode) => {
      let latestMs = Number.NEGATIVE_INFINITY;
      return ofNode
        .toSorted((a, b) => a.seq - b.seq)
        .map((line) => {
          latestMs = Math.max(latestMs, line.atMs);
          return { line, latestMs };
        });
    })
    .toSorted((a, b) => a.latestMs - b.latestMs)
    .map(({ line }) => line);
  return sorted
    .slice(0, 1 + (last === undefined ? sorted.length : sorted.findIndex(({ event }) => event === last)))
    .map(({ atMs, text }) => [`+${Math.round(atMs)} ms`.padStart(12), text].join("  "));
}

function lineOf(actor: ExportedActor, event: ExportedEvent, step: ReplayedStep | undefined): string {
  const what = eventText(event);
  if (event.after === undefined) {
    const isTold = event.event.type === "message.sent";
    return isTold ? `client of ${actor.name} is told ${what}` : `${actorText(actor)}: ${what}`;
  }
  const who = `${actorText(actor)}${step === undefined ? "" : ` ${step.number}`}`;
  const { difference } = step ?? {};
  const now = difference === undefined ? "" : `   <- departs: now ${difference.replayed}`;
  return `${who}: ${what} -> ${stateText(event.after.value)}${now}`;
}

/** The type of an event, and what it is about: a message, an error, a state of the engine. */
function eventText({ event, repeats }: ExportedEvent): string {
  const message = event["message"];
  const hasType = typeof message === "object" && message !== null && "type" in message;
  const about = hasType ? message.type : (event["code"] ?? event["state"]);
  const times = repeats === 0 ? "" : ` (${repeats + 1} times)`;
  return `${event.type}${typeof about === "string" ? ` ${about}` : ""}${times}`;
}
