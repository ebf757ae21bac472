import { expect, test } from "vitest";
import { PoliteNegotiation } from "../../../web/client/polite_negotiation.ts";
import { setRemote, type signalingStates } from "../../kit/signaling_table.ts";
import { type NegotiationRun, runNegotiation, samples } from "../../machines/run_negotiation.ts";
import { FakeConnection, settle } from "./fake_connection.ts";

function negotiate() {
  const connection = new FakeConnection();
  const sent: string[] = [];
  const failures: unknown[] = [];
  const negotiation = new PoliteNegotiation(connection as unknown as RTCPeerConnection, {
    sendDescription: ({ type }) => sent.push(type),
    described: () => undefined,
    failed: (error) => failures.push(error),
  });
  return { connection, negotiation, sent, failures };
}

const events = ["needed", "offer", "answer", "pranswer"] as const;
type Event = (typeof events)[number];

/** Does to the negotiation what an event stands for, until nothing moves any more. */
async function happen({ connection, negotiation }: ReturnType<typeof negotiate>, event: Event): Promise<void> {
  if (event === "needed") connection.need();
  else negotiation.receiveDescription({ type: event, sdp: event });
  await settle();
}

/** Does the same to the server's machine, as a polite side with an engine and an application that can do everything. */
function happenToMachine(run: NegotiationRun, event: Event): string[] {
  const sample = { needed: "needed", offer: "offered", answer: "answered", pranswer: "pranswered" } as const;
  const written = run.send(samples[sample[event]]);
  for (let next = written; next.length > 0; written.push(...next)) {
    const order = next
      .map((line) => /^(apply|create|roll back|ask)/.exec(line)?.[1])
      .findLast((verb) => verb !== undefined);
    if (order === undefined) break;
    const isAnswer = next.includes("create answer");
    const outcomes = {
      apply: samples.applied,
      create: { ...samples.created, description: { type: isAnswer ? "answer" : "offer", sdp: "own" } as const },
      "roll back": samples.undone,
      ask: samples.accepted,
    };
    next = run.send(outcomes[order as keyof typeof outcomes]);
  }
  return written.flatMap((line) => /^send (\w+)/.exec(line)?.[1] ?? []);
}

const sequences = (length: number): Event[][] =>
  length === 0 ? [[]] : sequences(length - 1).flatMap((sequence) => events.map((event) => [...sequence, event]));

test("[CL60] whatever comes in whichever order, it sends and is what the server's machine would be as the polite side", async () => {
  for (const sequence of sequences(4)) {
    const rig = negotiate();
    const machine = runNegotiation({ isPolite: true });
    for (const [index, event] of sequence.entries()) {
      const before = rig.sent.length;
      await happen(rig, event);
      const expected = happenToMachine(machine, event);
      const what = `after ${sequence.slice(0, index + 1)}`;
      expect(rig.sent.slice(before), what).toEqual(expected);
      expect(rig.connection.signalingState, what).toBe(machine.state.split(".")[0]);
    }
    expect(rig.failures, `${sequence}`).toEqual([]);
  }
});

const waysTo = {
  stable: [],
  "have-local-offer": ["needed"],
  "have-remote-pranswer": ["needed", "pranswer"],
} as const satisfies Partial<Record<(typeof signalingStates)[number], readonly Event[]>>;

const cases = Object.entries(waysTo).flatMap(([state, way]) =>
  (["offer", "answer", "pranswer"] as const).map((type) => ({
    state,
    way,
    type,
    next: setRemote[state as keyof typeof waysTo][type],
  })),
);

test.each(cases)(
  "[CL60] in $state a remote $type leads where the W3C says, or is left: $next",
  async ({ state, way, type, next }) => {
    const rig = negotiate();
    for (const event of way) await happen(rig, event);
    expect(rig.connection.signalingState).toBe(state);
    const before = rig.connection.log.length;
    await happen(rig, type);
    const [step] = rig.connection.log.slice(before);
    expect(step).toBe(next === undefined ? undefined : `remote ${type}`);
    expect(rig.failures).toEqual([]);
  },
);

test("[CL60] its own offer yields to the server's and is made again", async () => {
  const rig = negotiate();
  rig.negotiation.offer();
  rig.negotiation.receiveDescription({ type: "offer", sdp: "o" });
  await settle();
  expect(rig.connection.log).toEqual(["local offer", "remote offer", "local answer", "local offer"]);
  expect(rig.sent).toEqual(["offer", "answer", "offer"]);
});

test("[CL61] candidates wait for their description, in their order", async () => {
  const { connection, negotiation } = negotiate();
  negotiation.receiveCandidate({ candidate: "a" });
  negotiation.receiveCandidate(null);
  await settle();
  expect(connection.log).toEqual([]);
  negotiation.receiveDescription({ type: "offer", sdp: "o" });
  negotiation.receiveCandidate({ candidate: "b" });
  await settle();
  expect(connection.log).toEqual(["remote offer", "local answer", "candidate a", "candidate end", "candidate b"]);
});

test("[CL61] an offer that the server refused is taken back, and made again when the browser asks for it", async () => {
  const rig = negotiate();
  await happen(rig, "needed");
  rig.negotiation.takeBack();
  await settle();
  expect(rig.connection.log).toEqual(["local offer", "local rollback", "local offer"]);
  expect(rig.sent).toEqual(["offer", "offer"]);
});

test("[CL61] a description that cannot be used is told, and what was under way when it closed is not", async () => {
  const rig = negotiate();
  rig.negotiation.receiveDescription({ type: "offer", sdp: "bad" });
  await settle();
  expect(rig.failures).toHaveLength(1);
  rig.negotiation.receiveDescription({ type: "offer", sdp: "bad" });
  rig.connection.close();
  await settle();
  expect(rig.failures).toHaveLength(1);
});
