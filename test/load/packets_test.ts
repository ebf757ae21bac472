import { expect, test } from "vitest";
import { opusPayload } from "../../load/opus_source.ts";
import { readMark, writeMark } from "../../load/packet_mark.ts";
import { Vp8Source } from "../../load/vp8_source.ts";

test("[LG8] a mark is read as it was written, and a packet of somebody else has none", () => {
  const payload = opusPayload();
  expect(readMark(payload)).toBeUndefined();
  writeMark(payload, { number: 4_000_000_000, sentAtMs: 1_700_000_000_000.25 });
  expect(readMark(payload)).toEqual({ number: 4_000_000_000, sentAtMs: 1_700_000_000_000.25 });
  expect(readMark(Buffer.alloc(3))).toBeUndefined();
});

test("[LG8] a packet of audio is Opus of one frame whose padding has room for the mark", () => {
  const payload = opusPayload();
  // RFC 6716, 3.2.5: TOC of code 3, p and one frame, length of the padding.
  expect((payload[0] ?? 0) & 3).toBe(3);
  expect(payload[1]).toBe(0x41);
  expect(payload[2]).toBe(payload.length - 5);
  expect(payload[2]).toBeGreaterThanOrEqual(16);
});

test("[LG8] video has its bit rate, keyframes at the beginning, each interval and when asked for", () => {
  const source = new Vp8Source({ bitrate: 600_000, framesPerSecond: 10, keyframeIntervalMs: 1_000 });
  let bytes = 0;
  const keyframes: number[] = [];
  const pictureIds: number[] = [];
  for (let frame = 0; frame < 20; frame += 1) {
    if (frame === 5) source.requestKeyframe();
    const payloads = source.nextFrame(frame * 100);
    const [first, ...rest] = payloads;
    bytes += payloads.reduce((sum, { length }) => sum + length, 0);
    pictureIds.push((first?.readUInt16BE(2) ?? 0) & 0x7fff);
    // RFC 7741, 4.3: P of the payload header is 0 in a keyframe.
    if (((first?.[4] ?? 1) & 1) === 0) keyframes.push(frame);
    expect(first?.[0]).toBe(0x90);
    for (const each of rest) expect(each[0]).toBe(0x80);
    for (const each of payloads) expect(each.length).toBeLessThanOrEqual(1_100);
  }
  expect(Math.abs((bytes * 8) / 2 - 600_000)).toBeLessThan(600_000 * 0.02);
  expect(keyframes).toEqual([0, 5, 15]);
  expect(source.keyframes).toBe(3);
  expect(pictureIds).toEqual(Array.from({ length: 20 }, (_, index) => index));
});
