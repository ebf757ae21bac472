import { expect, test } from "vitest";
import { type AnyStateMachine, createActor, fromTransition, sendParent } from "xstate";
import { exportActors } from "../../actors/export_actors.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { connectionOutcomes } from "../../machines/connection_outcome.ts";
import { negotiationMachine } from "../../machines/negotiation_machine.ts";
import { recordedMachines } from "../../machines/recorded_machines.ts";
import { type Replay, replayRecord } from "../../machines/replay_record.ts";
import { connectionFailures } from "../../machines/replay_report.ts";
import { departureText, sentText, stepLines } from "../../machines/replay_words.ts";
import {
  type ConnectionRecord,
  type ExportedActor,
  isConnectionRecord,
  recordFormat,
} from "../../protocol/connection_record.ts";
import { offerSdp, startSupervisor } from "../actors/start_supervisor.ts";
import { allMachines } from "../kit/all_machines.ts";
import { eventually } from "../kit/eventually.ts";
import { samples, timeouts } from "./run_negotiation.ts";
import "../kit/quiet_xstate.ts";

/** What a recorder has, as if it had been a file. */
function recordOf(recorder: FlightRecorder, peer: string): ConnectionRecord {
  const actors = JSON.parse(
    exportActors(recorder.records, peer, { nodeId: "n", origin: "o", epochMs: 0 }),
  ) as ExportedActor[];
  const record = {
    format: recordFormat,
    version: "0",
    exportedAt: "2026-01-01T00:00:00.000Z",
    peer,
    missingNodes: [],
    actors,
  } as const;
  if (!isConnectionRecord(record)) throw new Error("It is no record");
  return record;
}

const faultsOf = ({ departures, sentDifferences }: Replay) => [
  ...departures.map(departureText),
  ...sentDifferences.map(sentText),
];

/** A client in a call in which the server offers, too, at the same moment as the client. */
async function call(options: ConstructorParameters<typeof FlightRecorder>[0] = {}) {
  const recorder = new FlightRecorder(options);
  const node = startSupervisor({ recorder });
  const [ada, bob] = [node.openClient(), node.openClient()];
  ada.say({ type: "join", room: "atrium", name: "Ada", token: "hush" });
  ada.offer();
  ada.say({ type: "data", payload: "whispered" });
  await ada.next("answer");
  const engine = node.engines.last;
  engine.connect();
  ada.say({ type: "candidate", candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 1 typ host", sdpMid: "0" } });
  await bob.join();
  await bob.connect();
  node.engines.last.addRemoteTrack();
  // Both offer: the client, which is polite, gives its offer up by its answer, and makes it again.
  await ada.next("offer");
  ada.offer();
  ada.say({ type: "answer", sdp: offerSdp.replace("actpass", "active") });
  ada.offer();
  await eventually(() => ada.received.seen.filter(({ type }) => type === "answer").length === 2, {
    what: "both answers",
  });
  return { recorder, node, ada, bob, engine };
}

test("[RR20] a call with a glare runs through the machines again to the states that were recorded", async () => {
  const { recorder, ada } = await call();
  const record = recordOf(recorder, ada.id);
  const replay = replayRecord(record);
  expect(faultsOf(replay)).toEqual([]);
  expect(replay.unknown).toEqual([]);
  expect(replay.actors.map(({ actor }) => actor.kind).toSorted()).toEqual([
    "connectivity",
    "negotiation",
    "peer",
    "session",
    "subscription",
  ]);
  for (const { actor, steps } of replay.actors) {
    expect(steps.length).toBe(actor.events.filter(({ after }) => after !== undefined).length);
    expect(steps.at(-1)?.state?.value).toEqual(actor.events.findLast(({ after }) => after !== undefined)?.after?.value);
  }
  const lines = stepLines(replay);
  expect(lines.length).toBe(record.actors.flatMap(({ events }) => events).length);
  expect(lines.join("\n")).toMatch(/negotiation \(peer client-1-1\) \d+: remote\.offered -> have-local-offer/);
  expect(lines.join("\n")).toContain("client of client-1 is told message.sent offer");
});

test("[RR20] it does after the peer connection and the session have ended, and when older events are forgotten", async () => {
  const { recorder, ada } = await call({ maxRecordedEvents: 4 });
  ada.end(1000);
  await eventually(
    () =>
      recorder.records.every(
        ({ kind, labels, endedAtMs }) =>
          kind !== "session" || !labels.peers?.includes(ada.id) || endedAtMs !== undefined,
      ),
    { what: "Ada's session to end" },
  );
  const record = recordOf(recorder, ada.id);
  expect(record.actors.filter(({ forgotten }) => forgotten > 0).length).toBeGreaterThan(2);
  const replay = replayRecord(record);
  expect(faultsOf(replay)).toEqual([]);
  expect(replay.actors.flatMap(({ steps }) => steps).length).toBeGreaterThan(8);
});

/** The negotiation as somebody changed it. */
function withNegotiation(machine: unknown) {
  return new Map([...recordedMachines, ["negotiation", machine as AnyStateMachine]]);
}

test("[RR21] a machine that leads elsewhere now departs; the step, the event and both states are said, and later ones show", async () => {
  const { recorder, ada } = await call();
  const record = recordOf(recorder, ada.id);
  const machine = negotiationMachine.provide({ guards: { hasWaitingOffer: () => false } as never });
  const replay = replayRecord(record, { machines: withNegotiation(machine) });
  const texts = replay.departures.map(departureText);
  expect(texts.length).toBeGreaterThan(1);
  expect(texts[0]).toBe(
    "replay departs at step 2 of negotiation (peer client-1-1): remote.offered led to stable.settled, recorded: stable.applyingOffer",
  );
  // It goes on from what was recorded: the next step is as it was.
  expect(replay.departures.map(({ step }) => step.number)).not.toContain(3);
  const later = replay.departures[1]?.step;
  expect(later?.difference?.of).toBe("state");
  expect(stepLines(replay).join("\n")).toContain("<- departs: now stable.settled");
});

test("[RR21] a context that differs departs with the field, and a machine that throws with what it says", async () => {
  const { recorder, ada } = await call();
  const record = recordOf(recorder, ada.id);
  const tampered = JSON.parse(
    JSON.stringify(record).replaceAll('"candidateCount":1', '"candidateCount":2'),
  ) as ConnectionRecord;
  const [first] = replayRecord(tampered).departures.map(departureText);
  expect(first).toMatch(
    /^replay departs at step \d+ of connectivity \(peer client-1-1\): candidate\.received led to context\.candidateCount 1, recorded: context\.candidateCount 2$/,
  );
  const machine = negotiationMachine.provide({
    guards: {
      isNegotiationNeeded: () => {
        throw new Error("no such guard");
      },
    },
  });
  const [thrown] = replayRecord(record, { machines: withNegotiation(machine) }).departures.map(departureText);
  expect(thrown).toContain("no such guard");
  expect(thrown).toContain("recorded: ");
});

test("[RR22] what machines tell each other now and did not departs, too", async () => {
  const { recorder, ada } = await call();
  const machine = negotiationMachine.provide({ actions: { tellDescribed: () => undefined } });
  const replay = replayRecord(recordOf(recorder, ada.id), { machines: withNegotiation(machine) });
  expect(replay.departures).toEqual([]);
  expect(replay.sentDifferences.map(sentText)).toEqual([
    "replay departs in negotiation (peer client-1-1): it tells peer (client-1-1) nothing, recorded: remote.described",
  ]);
});

test("[RR22] so does what they tell each other with other words", async () => {
  const { recorder, ada } = await call();
  const tellDescribed = sendParent({ type: "remote.described", usernameFragments: ["other"] });
  const machine = (negotiationMachine as unknown as AnyStateMachine).provide({ actions: { tellDescribed } });
  const replay = replayRecord(recordOf(recorder, ada.id), { machines: withNegotiation(machine) });
  expect(replay.sentDifferences.map(sentText)).toEqual([
    "replay departs at step 3 of negotiation (peer client-1-1): it tells peer (client-1-1) another remote.described, recorded: remote.described",
  ]);
});

test("[RR26] a record of a machine with a fault comes to no good; by the machine that is mended it does", () => {
  // One refused offer was the end of it; what came later was not listened to.
  const faulty = negotiationMachine.provide({ guards: { isTainted: () => true } as never });
  const recorder = new FlightRecorder();
  const recorded = recorder.record({ id: "n", labels: () => ({ peers: ["x"] }) });
  const parent = createActor(
    fromTransition((state: undefined) => state, undefined),
    { id: "n", ...recorded },
  ).start();
  const input = { peerId: "p", sessionId: "s", isPolite: false, timeouts };
  const actor = createActor(faulty, { id: "negotiation", parent, input }).start();
  const { offered, refused, applied, accepted } = samples;
  const answered = { type: "localDescription.created", description: { type: "answer", sdp: "a" } } as const;
  for (const event of [offered, refused, offered, applied, accepted, answered]) actor.send(event);
  const record = recordOf(recorder, "x");
  const outcomeOf = (machine: unknown) =>
    connectionOutcomes(replayRecord(record, { machines: withNegotiation(machine), follow: "machine" }))[0];
  expect(outcomeOf(faulty)).toMatchObject({ isGood: false, reached: "failed", step: { number: 3 } });
  expect(outcomeOf(negotiationMachine)).toMatchObject({ isGood: true, reached: "stable.settled", step: undefined });
  expect(connectionFailures(record)).toEqual([]);
});

test("[RR23] every machine that is recorded can be replayed", async () => {
  const all = [...(await allMachines()).values()].map(({ id }) => id);
  expect([...recordedMachines.keys()].toSorted()).toEqual(
    all.filter((id) => !["worker", "workers"].includes(id)).toSorted(),
  );
});
