import { expect, test } from "vitest";
import { ClientError } from "../../../web/client/client_error.ts";
import { Emitter } from "../../../web/client/emitter.ts";
import { explain } from "../../../web/client/explanation.ts";
import { joinTransitions } from "../../../web/client/join_state.ts";
import { judge } from "../../../web/client/quality.ts";
import { parseRoomFrame } from "../../../web/client/room_frame.ts";
import { readTrackStats } from "../../../web/client/track_stats.ts";

test("[CL82] every state of joining can be left for good, and nothing else leaves what was left", () => {
  for (const [state, transitions] of Object.entries(joinTransitions)) {
    if (state !== "left") expect([state, transitions["room.left"]]).toEqual([state, "left"]);
  }
  expect(Object.keys(joinTransitions.left)).toEqual(["join.requested"]);
  const reachable = new Set(["idle", ...Object.values(joinTransitions).flatMap((each) => Object.values(each))]);
  expect(reachable).toEqual(new Set(Object.keys(joinTransitions)));
});

test("[CL83] the state is explained in words, with what happens next", () => {
  const facts = {
    room: "atrium",
    url: "wss://example/ws",
    isOnline: true,
    attemptNumber: 2,
    retryInMs: 1_234,
    lastError: new ClientError("unreachable", "Cannot connect"),
    mediaState: "new",
    mediaError: undefined,
    isMediaOpen: false,
    hasTurn: false,
  } as const;
  expect(explain({ ...facts, state: "idle" })).toBe('Not in room "atrium": join() was not called.');
  expect(explain({ ...facts, state: "waiting", isOnline: false })).toBe(
    "Not connected: it is tried again in 1.2 s (attempt 2). The system says that it is offline: check the network. " +
      "The last time: Cannot connect. Check the address, the network and that the server runs.",
  );
  expect(explain({ ...facts, state: "joining" })).toBe(
    'Connected; waiting for the server to let us into room "atrium" (wss://example/ws). ' +
      "The last time: Cannot connect. Check the address, the network and that the server runs.",
  );
  expect(explain({ ...facts, state: "failed" })).toContain("it is not tried again. The last time: Cannot connect.");
  expect(explain({ ...facts, state: "joined", mediaState: "failed", isMediaOpen: true })).toBe(
    'In room "atrium". Media failed: no way to the server works; ICE is being restarted. ' +
      "No TURN server is configured to pass a firewall.",
  );
  expect(explain({ ...facts, state: "joined", mediaState: "failed", isMediaOpen: true, hasTurn: true })).not.toContain(
    "TURN",
  );
});

test("[CL84] frames of room channels are read, and what is none is left", () => {
  expect(parseRoomFrame("ada\nhello\nworld")).toEqual({ from: "ada", data: "hello\nworld" });
  expect(parseRoomFrame("echo")).toBeUndefined();
  const bytes = (...values: number[]) => new Uint8Array(values).buffer;
  expect(parseRoomFrame(bytes(3, 97, 100, 97, 0, 255))).toEqual({ from: "ada", data: new Uint8Array([0, 255]) });
  expect(parseRoomFrame(bytes(3, 97, 100, 97))).toEqual({ from: "ada", data: new Uint8Array() });
  expect(parseRoomFrame(bytes(9, 97))).toBeUndefined();
});

test("[CL85] rates are those since the last reading; layers are told one by one", () => {
  const identity = { track: "t", direction: "sent", kind: "video" } as const;
  const report = (bytes: number, packets: number, lost: number) =>
    new Map<string, unknown>([
      [
        "q",
        { type: "outbound-rtp", rid: "q", bytesSent: bytes, packetsSent: packets, frameWidth: 160, frameHeight: 90 },
      ],
      [
        "f",
        {
          type: "outbound-rtp",
          rid: "f",
          bytesSent: bytes * 4,
          packetsSent: packets,
          frameWidth: 640,
          frameHeight: 360,
          framesPerSecond: 30,
        },
      ],
      ["r", { type: "remote-inbound-rtp", packetsLost: lost, jitter: 0.012, roundTripTime: 0.05 }],
    ]);
  const first = readTrackStats(report(1_000, 10, 5), identity, { atMs: 1_000, before: undefined });
  expect(first.stats).toMatchObject({ bitrate: 0, packetLoss: 0, packets: 0 });
  const { stats } = readTrackStats(report(2_000, 55, 15), identity, { atMs: 3_000, before: first.counters });
  expect(stats).toEqual({
    ...identity,
    bitrate: 20_000,
    packets: 90,
    packetLoss: 0.1,
    jitterMs: 12,
    roundTripMs: 50,
    width: 640,
    height: 360,
    framesPerSecond: 30,
    layers: [
      { rid: "q", width: 160, height: 90, bitrate: 4_000 },
      { rid: "f", width: 640, height: 360, bitrate: 16_000 },
    ],
  });
});

test("[CL85] the worst track decides, and silence of all is a loss", () => {
  const fine = { packetLoss: 0, jitterMs: 5, roundTripMs: 20, packets: 100 };
  expect(judge([])).toBe("unknown");
  expect(judge([fine])).toBe("excellent");
  expect(judge([fine, { ...fine, packetLoss: 0.02 }])).toBe("good");
  expect(judge([fine, { ...fine, jitterMs: 150 }])).toBe("poor");
  expect(judge([{ ...fine, packets: 0 }, fine])).toBe("excellent");
  expect(judge([{ ...fine, packets: 0 }])).toBe("lost");
});

test("[CL86] a listener that throws disturbs no other, and its error is not lost", async () => {
  const emitter = new Emitter<{ said: number }>();
  const heard: number[] = [];
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  emitter.on("said", () => {
    throw new Error("mine");
  });
  const stop = emitter.on("said", (value) => heard.push(value));
  emitter.emit("said", 1);
  expect(await thrown).toMatchObject({ message: "mine" });
  for (const listener of before) process.on("uncaughtException", listener);
  stop();
  const other = new Emitter<{ said: number }>();
  other.on("said", (value) => heard.push(value));
  other.emit("said", 2);
  expect(heard).toEqual([1, 2]);
});
