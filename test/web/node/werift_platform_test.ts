import { expect, onTestFinished, test } from "vitest";
import { MediaStreamTrack, RtpHeader, RtpPacket } from "werift";
import { joinRoom, type RemoteTrack, Room, type RoomOptions } from "../../../web/client/mod.ts";
import { asDomTrack, asWeriftTrack, weriftPlatform } from "../../../web/node/mod.ts";
import { eventually } from "../../kit/eventually.ts";
import { startProgram } from "../../kit/start_program.ts";

/** A bot in the room of the test; it leaves at the end. */
async function enter(url: string, options: RoomOptions = {}): Promise<Room> {
  const room = await joinRoom("bots", { url, platform: weriftPlatform, ...options });
  onTestFinished(() => room.leave());
  return room;
}

/** Writes a frame of Opus each 20 ms, from now to the end of the test. */
function speak(): MediaStreamTrack {
  const track = new MediaStreamTrack({ kind: "audio" });
  let sequenceNumber = 0;
  const timer = setInterval(() => {
    sequenceNumber += 1;
    const header = new RtpHeader({ payloadType: 96, sequenceNumber, timestamp: sequenceNumber * 960 });
    track.writeRtp(new RtpPacket(header, Buffer.from(`frame ${sequenceNumber}`)));
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return track;
}

test("[CL50] two bots in Node exchange data, a room channel and a track", { timeout: 90_000 }, async () => {
  const { wsUrl } = await startProgram();
  const first = await enter(wsUrl, { name: "Ada" });
  const second = await enter(wsUrl, { name: "Grace" });
  const heard: unknown[] = [];
  second.on("data", ({ from, payload }) => heard.push([from, payload]));
  first.sendData({ hello: 1 });
  await eventually(() => heard.length === 1, { what: "data", timeoutMs: 30_000 });
  expect(heard).toEqual([[first.id, { hello: 1 }]]);

  const channels = [first, second].map((room) => room.openChannel("chat"));
  const messages: unknown[] = [];
  channels[1]?.on("message", (message) => messages.push(message));
  await eventually(() => channels.every(({ isOpen }) => isOpen), { what: "channels to open", timeoutMs: 30_000 });
  channels[0]?.send("hi");
  channels[0]?.send(new Uint8Array([1, 2]));
  await eventually(() => messages.length === 2, { what: "messages", timeoutMs: 30_000 });
  expect(messages).toEqual([
    { from: first.id, data: "hi" },
    { from: first.id, data: new Uint8Array([1, 2]) },
  ]);

  const frames: string[] = [];
  const started: RemoteTrack[] = [];
  second.on("track-started", (track) => {
    started.push(track);
    if (track.mediaStreamTrack === null) return;
    asWeriftTrack(track.mediaStreamTrack).onReceiveRtp.subscribe(({ payload }) => frames.push(payload.toString()));
  });
  const published = await first.publish(asDomTrack(speak()), { source: "microphone" });
  await eventually(() => frames.length > 20, { what: "packets", timeoutMs: 30_000 });
  expect(frames[0]).toMatch(/^frame \d+$/);
  const [track] = started;
  expect(track).toMatchObject({ id: published.id, source: "microphone", kind: "audio" });
  published.unpublish();
  await eventually(() => track?.peer.tracks.size === 0, { what: "the track to be gone", timeoutMs: 30_000 });
});

test.each([
  ["before the first answer", () => true],
  ["while it connects", (room: Room) => room.mediaState === "connecting"],
  ["when it is connected", (room: Room) => room.mediaState === "connected"],
] as const)("[CL52] a channel that is opened %s opens, and the connection never fails", async (_, isTime) => {
  const { wsUrl } = await startProgram();
  const bot = new Room("bots", { url: wsUrl, platform: weriftPlatform });
  onTestFinished(() => bot.leave());
  const states: string[] = [];
  bot.on("media-state-changed", (state) => states.push(state));
  await bot.join();
  await eventually(() => isTime(bot), { what: "the time to open a channel", timeoutMs: 10_000, intervalMs: 1 });
  const channel = bot.openChannel("chat");
  await eventually(() => channel.isOpen, { what: `the channel to open: ${states}`, timeoutMs: 10_000 });
  expect(states).not.toContain("failed");
  expect(bot.mediaState).toBe("connected");
});
