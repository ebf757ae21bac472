import { expect, test } from "vitest";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { IceServerSource } from "../../actors/ports.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
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
