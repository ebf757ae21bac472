import { expect, test } from "vitest";
import type { RoomPartsFactory } from "../../actors/room_parts.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** Parts that do nothing but write down what they are told, one short line each. */
function recordingParts(lines: string[]): RoomPartsFactory {
  const has = new Set<string>();
  const keyOf = (key: { readonly memberId: string; readonly trackId: string }) => `${key.memberId}<${key.trackId}`;
  return {
    createSubscriptions: ({ room }) => ({
      start: ({ subscriber, track, layer }) => {
        const key = keyOf({ memberId: subscriber.id, trackId: track.id });
        has.add(key);
        lines.push(`start ${key} ${layer} ${track.memberId} ${subscriber.peer === null ? "waiting" : "open"}`);
      },
      has: (key) => has.has(keyOf(key)),
      chooseLayer: (key, layer) => lines.push(`layer ${keyOf(key)} ${layer}`),
      trackReplaced: ({ id }) => lines.push(`${id} replaced`),
      end: (key) => {
        has.delete(keyOf(key));
        lines.push(`end ${keyOf(key)}`);
      },
      peerOpened: ({ id, peer }) => lines.push(`peer of ${id} open ${peer?.connectionState}`),
      peerClosed: ({ id, peer }) => lines.push(`peer of ${id} closed ${peer}`),
      peerStateChanged: (id, state) => lines.push(`peer of ${id} ${state}`),
      trackMuted: (id, isMuted) => lines.push(`${id} muted ${isMuted}`),
      trackUnpublished: (id) => lines.push(`${id} unpublished`),
      memberLeft: (id) => lines.push(`${id} left`),
      describe: () => ({}),
      close: () => lines.push(`subscriptions of ${room} closed`),
    }),
    createChannels: ({ room }) => ({
      opened: ({ id }, { label }) => lines.push(`${id} opened ${label}`),
      addPort: ({ memberId, label }) => lines.push(`port ${memberId} ${label}`),
      removePort: ({ memberId, label }) => lines.push(`no port ${memberId} ${label}`),
      send: ({ from, label, data }) => lines.push(`${from} sends ${label} ${data}`),
      receive: ({ from, label, data }) => lines.push(`${from} sent ${label} ${data}`),
      peerClosed: (id) => lines.push(`channels of ${id} closed`),
      memberLeft: (id) => lines.push(`channels: ${id} left`),
      close: () => lines.push(`channels of ${room} closed`),
    }),
  };
}

/** Two clients, the first of them with a peer connection, and what the parts are told. */
async function start() {
  const lines: string[] = [];
  const { openClient, engines } = startSupervisor({ parts: recordingParts(lines) });
  const [ada, bob] = [openClient(), openClient()];
  await ada.connect();
  return { lines, ada, bob, engine: engines.last, engines, take: () => lines.splice(0) };
}

test("[RM50] the parts of a room are told of a peer connection that comes along, and of what it sends", async () => {
  const { ada, bob, engine, take } = await start();
  engine.connect();
  engine.addRemoteTrack({ mid: "0" });
  engine.openChannel("chat", "signalbox.room");
  await bob.join();
  expect(take()).toEqual([]);
  await ada.join();
  expect(take()).toEqual([
    "peer of client-1 open connected",
    "peer of client-1 connected",
    "client-1 opened chat",
    "start client-2<client-1-t1 null client-1 waiting",
  ]);
});

test("[RM50] they are told of a new peer connection, of its state and of its end", async () => {
  const { ada, bob, engines, take } = await start();
  await ada.join();
  await bob.join();
  take();
  bob.offer();
  await bob.next("answer");
  engines.last.connect();
  engines.last.addRemoteTrack({ mid: "0" });
  bob.say({ type: "bye" });
  expect(take()).toEqual([
    "peer of client-2 open new",
    "peer of client-2 connecting",
    "peer of client-2 connected",
    "start client-1<client-2-t1 null client-2 open",
    "client-2-t1 unpublished",
    "peer of client-2 closed null",
    "channels of client-2 closed",
  ]);
});

test("[RM50] they are told of mutes and of tracks that end", async () => {
  const { ada, bob, engine, take } = await start();
  await ada.join();
  await bob.join();
  const track = engine.addRemoteTrack({ mid: "0" });
  take();
  ada.say({ type: "mute", track: "client-1-t1", muted: true });
  ada.say({ type: "mute", track: "client-1-t1", muted: false });
  track.end();
  track.end();
  expect(take()).toEqual(["client-1-t1 muted true", "client-1-t1 muted false", "client-1-t1 unpublished"]);
});

test("[RM50] they are told once that a member left, and nothing of it afterwards", async () => {
  const { ada, bob, engine, take } = await start();
  await ada.join();
  await bob.join();
  const track = engine.addRemoteTrack({ mid: "0" });
  take();
  ada.say({ type: "leave" });
  const left = ["client-1-t1 unpublished", "client-1 left", "channels: client-1 left"];
  expect(take()).toEqual(left);
  track.end();
  engine.connect();
  ada.say({ type: "bye" });
  expect(take()).toEqual([]);
});

test("[RM50] they are told once that a member's session ended, and nothing of its peer connection", async () => {
  const { ada, bob, engine, take } = await start();
  await ada.join();
  await bob.join();
  engine.addRemoteTrack({ mid: "0" });
  take();
  ada.end();
  await bob.next("peer-left");
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(take()).toEqual(["client-1-t1 unpublished", "client-1 left", "channels: client-1 left"]);
});

test("[RM50] they are closed with their room", async () => {
  const { ada, take } = await start();
  await ada.join();
  take();
  ada.say({ type: "leave" });
  expect(take()).toEqual([
    "client-1 left",
    "channels: client-1 left",
    "subscriptions of atrium closed",
    "channels of atrium closed",
  ]);
});
