import { expect, test } from "vitest";
import { ErrorWindow } from "../../../transport/edge/error_window.ts";
import { FrameReader } from "../../../transport/edge/frame_reader.ts";
import { TokenBucket } from "../../../transport/edge/token_bucket.ts";
import { eventually } from "../../kit/eventually.ts";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { limits } from "./default_limits.ts";
import { openEdge } from "./open_edge.ts";

test("[ED5] answers a frame over the limit with frame-too-large and closes with 4413", async () => {
  const { next, told, wsUrl } = await openEdge({ limits: { maxFrameBytes: 1_000 } });
  const client = await openSignallingSocket(wsUrl);
  const fits = JSON.stringify({ type: "offer", sdp: "" });
  client.send(fits.replace('""', `"${"x".repeat(1_000 - fits.length)}"`));
  await next("received");
  client.send("x".repeat(1_001));
  expect(await client.next("error")).toEqual({
    type: "error",
    code: "frame-too-large",
    message: "Cannot read the frame: it has 1001 bytes, the limit is 1000",
  });
  expect(await client.closed()).toEqual({ code: 4413, reason: "frame-too-large" });
  expect((await next("closed")).code).toBe(4413);
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "received", "closed"]);
});

test("[ED5] counts the bytes of a frame and not its characters", async () => {
  const { wsUrl } = await openEdge({ limits: { maxFrameBytes: 1_000 } });
  const client = await openSignallingSocket(wsUrl);
  client.send("é".repeat(501));
  expect((await client.closed()).code).toBe(4413);
});

test("[ED5] cuts off a frame far over the limit and leaves the other sockets", async () => {
  const { next, wsUrl } = await openEdge({ limits: { maxFrameBytes: 1_000 } });
  const [client, other] = [await openSignallingSocket(wsUrl), await openSignallingSocket(wsUrl)];
  client.send("x".repeat(4_001));
  expect((await client.closed()).code).toBe(1006);
  expect((await next("closed")).code).toBe(1006);
  other.send({ type: "bye" });
  await next("received");
  await other.close();
});

test("[ED6] drops what comes over the rate, says so without answering every frame, and takes messages again later", async () => {
  const { told, wsUrl } = await openEdge({ limits: { maxMessagesPerSecond: 10 } });
  const client = await openSignallingSocket(wsUrl);
  const start = performance.now();
  for (let i = 0; i < 200; i += 1) client.send({ type: "bye", ref: i });
  expect(await client.next("error")).toMatchObject({ code: "rate-limited" });
  const received = () => told.seen.filter(({ what }) => what === "received").length;
  const atOnce = await eventually(() => received() >= 20 && received(), { what: "the burst" });
  const elapsedMs = performance.now() - start;
  expect(atOnce).toBeLessThanOrEqual(20 + Math.ceil(elapsedMs / 100));
  await eventually(
    () => {
      client.send({ type: "rollback" });
      return told.seen.some((call) => call.what === "received" && call.message.type === "rollback");
    },
    { what: "a message to be taken again", intervalMs: 100 },
  );
  const answers = client.messages.seen.filter(({ type }) => type === "error").length;
  expect(answers).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - start) / 100));
  await client.close();
});

test("[ED6] answers a flood ten times in a second at most", () => {
  const reader = new FrameReader({ ...limits, maxMessagesPerSecond: 10 }, 0);
  const frame = new TextEncoder().encode('{"type":"bye"}').buffer;
  const outcomes = { read: 0, refused: 0, dropped: 0 };
  for (let nowMs = 0; nowMs < 1_000; nowMs += 1) {
    try {
      outcomes[reader.read(frame, false, nowMs) === undefined ? "dropped" : "read"] += 1;
    } catch {
      outcomes.refused += 1;
    }
  }
  expect(outcomes).toEqual({ read: 29, refused: 10, dropped: 961 });
});

test("[ED6] lets the burst through at once and then the rate", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
  const taken = (nowMs: number) => Array.from({ length: 50 }, () => bucket.take(nowMs)).filter(Boolean).length;
  expect([taken(0), taken(99), taken(100), taken(350), taken(60_000)]).toEqual([20, 0, 1, 2, 20]);
});

test("[ED7] closes with 4429 at one error too many, whoever told the others", async () => {
  const { next, wsUrl } = await openEdge({ limits: { maxErrorsPerMinute: 3 } });
  const client = await openSignallingSocket(wsUrl);
  const { socket } = await next("opened");
  client.send("{");
  await client.next("error");
  socket.send({ type: "error", code: "bad-sdp", message: "Cannot read the description" });
  client.send("{");
  client.send("{");
  client.send({ type: "bye" });
  expect(await client.closed()).toEqual({ code: 4429, reason: "too-many-errors" });
  const codes = client.messages.seen.map(({ code }) => code);
  expect(codes).toEqual(["bad-json", "bad-sdp", "bad-json", "too-many-errors"]);
  expect((await next("closed")).code).toBe(4429);
});

test("[ED7] counts the errors of any 60 s", () => {
  const window = new ErrorWindow(2);
  const at = [0, 59_000, 59_999, 60_000, 60_001, 119_000, 119_001];
  expect(at.map((nowMs) => window.admit(nowMs))).toEqual([true, true, false, true, false, true, false]);
});

test("[ED8] turns away a socket too many with overloaded and 1013, and takes one when another has gone", async () => {
  const { next, told, wsUrl } = await openEdge({ limits: { maxSessions: 2 } });
  const [first, second] = [await openSignallingSocket(wsUrl), await openSignallingSocket(wsUrl)];
  const third = await openSignallingSocket(wsUrl);
  expect(await third.next("error")).toEqual({
    type: "error",
    code: "overloaded",
    message: "Cannot open a session: it holds 2 of 2 sessions; try again later",
  });
  expect(await third.closed()).toEqual({ code: 1013, reason: "overloaded" });
  await first.close();
  await next("closed");
  const fourth = await openSignallingSocket(wsUrl);
  fourth.send({ type: "bye" });
  await next("received");
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "opened", "closed", "opened", "received"]);
  await Promise.all([second.close(), fourth.close()]);
});
