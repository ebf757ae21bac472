import { expect, test } from "vitest";
import { ReceivedStream } from "../../load/received_stream.ts";

test("[LG4] each packet counts once, whatever the order; the numbers tell what is missing", () => {
  const stream = new ReceivedStream("t1", "video", 1_000);
  expect([5, 6, 8, 7, 7, 10].map((number) => stream.receive(number, 1_100))).toEqual([
    true,
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(stream.toJSON()).toMatchObject({ first: 5, last: 10, packets: 5, repeated: 1, firstPacketMs: 100 });
});

test("[LG4] what is older than the first packet, or than what is remembered, is not counted", () => {
  const stream = new ReceivedStream("t1", "audio", 0);
  stream.receive(100, 0);
  expect(stream.receive(99, 1)).toBe(false);
  stream.receive(10_000, 2);
  expect(stream.receive(101, 3)).toBe(false);
  // In the same place of the window as one that came long ago.
  expect(stream.receive(100 + 2_048 * 4, 4)).toBe(true);
  expect(stream.toJSON()).toMatchObject({ packets: 3, repeated: 2 });
});

test("[LG4] nothing came: no first packet and no silence", () => {
  const stream = new ReceivedStream("t1", "audio", 0);
  stream.end(5_000);
  expect(stream.toJSON()).toMatchObject({ firstPacketMs: null, first: -1, last: -1, packets: 0, longestGapMs: 0 });
});

test("[LG5] the longest silence is that between two packets, or the one at the end", () => {
  const stream = new ReceivedStream("t1", "audio", 0);
  for (const [number, atMs] of [
    [0, 500],
    [1, 520],
    [2, 820],
    [3, 840],
  ] as const)
    stream.receive(number, atMs);
  expect(stream.toJSON().longestGapMs).toBe(300);
  stream.end(1_500);
  expect(stream.toJSON().longestGapMs).toBe(660);
  // What comes after the end of sending was under way.
  stream.receive(4, 9_000);
  expect(stream.toJSON()).toMatchObject({ longestGapMs: 660, longestLaterGapMs: 0, packets: 5 });
});

test("[LG5] a silence counts anew from when everybody is in", () => {
  const stream = new ReceivedStream("t1", "video", 0);
  stream.receive(0, 100);
  stream.receive(1, 900);
  stream.settle();
  stream.receive(2, 1_000);
  stream.receive(3, 1_250);
  expect(stream.toJSON()).toMatchObject({ longestGapMs: 800, longestLaterGapMs: 250 });
});
