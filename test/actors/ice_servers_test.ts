import { expect, test } from "vitest";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { IceServerSource } from "../../actors/ports.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { eventually } from "../kit/eventually.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** Gives each peer a credential of its own, and another one each time. */
function numberedServers(): IceServerSource {
  let count = 0;
  return {
    issue: (peerId) => ({
      iceServers: [{ urls: "turn:192.0.2.1", username: `${++count}:${peerId}`, credential: `hush${count}` }],
    }),
  };
}

test("[IS1] who joins and who comes back is told servers by its own id", async () => {
  const { openClient } = startSupervisor({ iceServers: numberedServers() });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium");
  const { resume } = ada.received.seen[0] as Extract<ServerMessage, { type: "joined" }>;
  expect(ada.received.seen[0]).toMatchObject({ iceServers: [{ username: `1:${ada.id}`, credential: "hush1" }] });
  await bob.join("atrium");
  expect(bob.received.seen[0]).toMatchObject({ iceServers: [{ username: `2:${bob.id}` }] });
  ada.end(1006);
  const back = openClient();
  back.say({ type: "resume", token: resume });
  expect(await back.next("resumed")).toMatchObject({ iceServers: [{ username: `3:${ada.id}` }] });
});

test("[IS4] the credentials of servers are not recorded or logged", async () => {
  const recorder = new FlightRecorder();
  const { openClient, log } = startSupervisor({ iceServers: numberedServers(), recorder });
  const ada = openClient();
  await ada.join("atrium");
  expect(JSON.stringify(ada.received.seen)).toContain("hush1");
  expect(recorder.records.flatMap(({ events }) => events).some(({ event }) => event.type === "message.sent")).toBe(
    true,
  );
  const kept = JSON.stringify([recorder.records.map(({ events }) => events.map(({ event }) => event)), log.entries]);
  expect(kept).not.toContain("hush1");
});

/** Credentials of ten minutes on a clock that the test sets. */
function startRefreshing() {
  const clock = { nowMs: 1_000_000 };
  let count = 0;
  const iceServers: IceServerSource = {
    issue: (peerId) => ({
      iceServers: [{ urls: "turn:192.0.2.1", username: `${++count}:${peerId}`, credential: `hush${count}` }],
      expiresAtMs: clock.nowMs + 600_000,
    }),
  };
  const recorder = new FlightRecorder();
  const started = startSupervisor({ iceServers, recorder, now: () => clock.nowMs });
  return {
    ...started,
    recorder,
    countIssued: () => count,
    pass: (ms: number) => {
      clock.nowMs += ms;
      started.tick(clock.nowMs);
    },
  };
}

test("[IS12] who is in a room is told other servers before those that it has expire, again and again", async () => {
  const { openClient, pass, recorder } = startRefreshing();
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium");
  pass(100_000);
  await bob.join("atrium");
  pass(379_999);
  expect(ada.take().map(({ type }) => type)).toEqual(["joined", "peer-joined"]);
  pass(1);
  expect(ada.take()).toEqual([
    { type: "ice-servers", iceServers: [{ urls: "turn:192.0.2.1", username: `3:${ada.id}`, credential: "hush3" }] },
  ]);
  expect(bob.take().map(({ type }) => type)).toEqual(["joined"]);
  pass(100_000);
  expect(bob.take()).toMatchObject([{ type: "ice-servers", iceServers: [{ username: `4:${bob.id}` }] }]);
  pass(380_000);
  expect(ada.take()).toMatchObject([{ type: "ice-servers", iceServers: [{ username: `5:${ada.id}` }] }]);
  const kept = recorder.records.flatMap(({ events }) => events.map(({ event }) => event));
  expect(kept.filter((event) => event["message"]?.type === "ice-servers")).toHaveLength(3);
  expect(JSON.stringify(kept)).not.toContain("hush");
});

test("[IS13] who left is told nothing more, and with the last one nothing more is looked after", async () => {
  const { openClient, pass, countTicks, countIssued, supervisor } = startRefreshing();
  const [ada, bob] = [openClient(), openClient()];
  await ada.join("atrium");
  await bob.join("atrium");
  const ticks = countTicks();
  ada.say({ type: "leave" });
  bob.end(1000);
  await eventually(() => supervisor.roomCount === 0, { what: "the room to end" });
  pass(600_000);
  expect(countIssued()).toBe(2);
  expect(ada.take().map(({ type }) => type)).not.toContain("ice-servers");
  expect(countTicks()).toBe(ticks - 1);
});

test("[IS13] servers that never expire are looked after by nobody", async () => {
  const { openClient, countTicks } = startSupervisor();
  const before = countTicks();
  await openClient().join("atrium");
  expect(countTicks()).toBe(before);
});
