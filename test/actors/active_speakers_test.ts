import { expect, test } from "vitest";
import { ActiveSpeakers, type Speaker, speakerTickMs } from "../../actors/active_speakers.ts";

/** An amplitude of so many dBov. */
const dBov = (level: number): number => (level === Number.NEGATIVE_INFINITY ? 0 : 10 ** (level / 20));

const nothing = Number.NEGATIVE_INFINITY;
/** What a quiet room sounds like. */
const quiet = -62;

/** A track whose levels a test sets. */
class FakeMeter {
  level = quiet;
  muted = false;

  takeAudioLevel(): number {
    return this.muted ? 0 : dBov(this.level);
  }
}

interface Told {
  readonly atMs: number;
  readonly speakers: readonly Speaker[];
}

/** Members with a track each, listened to for some time in silence. */
function listen(...peers: string[]) {
  const speakers = new ActiveSpeakers();
  const meters = new Map<string, FakeMeter>();
  const told: Told[] = [];
  let nowMs = 10_000;
  const hear = (peer: string): FakeMeter => {
    const meter = new FakeMeter();
    speakers.add(peer, meter);
    return meter;
  };
  for (const peer of peers) meters.set(peer, hear(peer));
  const run = {
    speakers,
    told,
    hear,
    get nowMs() {
      return nowMs;
    },
    meter(peer: string): FakeMeter {
      const meter = meters.get(peer);
      if (meter === undefined) throw new Error(`There is no ${peer}`);
      return meter;
    },
    /** Lets one tick after another pass; each level is what the peer sounds like from now on. */
    pass(ms: number, levels: Readonly<Record<string, number>> = {}, tickMs = speakerTickMs): string[][] {
      for (const [peer, level] of Object.entries(levels)) run.meter(peer).level = level;
      const before = told.length;
      for (let passed = 0; passed < ms; passed += tickMs) {
        nowMs += tickMs;
        const list = speakers.tick(nowMs);
        if (list !== undefined) told.push({ atMs: nowMs, speakers: list });
      }
      return told.slice(before).map((list) => list.speakers.map(({ peer }) => peer));
    },
  };
  run.pass(1_000);
  return run;
}

test("[SB40] silence and noise are told to nobody", () => {
  const room = listen("a", "b");
  expect(room.pass(10_000)).toEqual([]);
  expect(room.pass(10_000, { a: nothing, b: -46 })).toEqual([]);
});

test("[SB40] somebody who begins to speak is told within 400 ms, and with how loud it is", () => {
  const room = listen("a", "b");
  const began = room.nowMs;
  expect(room.pass(2_000, { a: -20 })).toContainEqual(["a"]);
  expect((room.told[0]?.atMs ?? 0) - began).toBeLessThanOrEqual(400);
  const level = room.told.at(-1)?.speakers[0]?.level ?? 0;
  expect(level).toBeGreaterThan(dBov(-20) / 2);
  expect(level).toBeLessThanOrEqual(dBov(-20) + 0.0005);
});

test("[SB40] a level is between 0 and 1 with three decimals", () => {
  const room = listen("a");
  room.pass(3_000, { a: 0 });
  for (const { speakers } of room.told) {
    for (const { level } of speakers) {
      expect(level).toBeGreaterThanOrEqual(0);
      expect(level).toBeLessThanOrEqual(1);
      expect(level).toBe(Math.round(level * 1_000) / 1_000);
    }
  }
  expect(room.told.at(-1)?.speakers[0]?.level).toBeGreaterThan(0.5);
});

test("[SB41] a click is no speech, however loud and also when it falls on two ticks or on a late one", () => {
  const room = listen("a");
  for (const ticks of [1, 2]) {
    for (let again = 0; again < 10; again += 1) {
      expect(room.pass(ticks * speakerTickMs, { a: 0 })).toEqual([]);
      expect(room.pass(500, { a: quiet })).toEqual([]);
    }
  }
  expect(room.pass(1_500, { a: 0 }, 1_500)).toEqual([]);
  expect(room.pass(500, { a: quiet })).toEqual([]);
});

test("[SB41] noise that is there from the start does not count, not even for a moment, and speech above it does", () => {
  for (const noise of [-60, -50, -44, -41, -35]) {
    const room = listen();
    const meter = room.hear("a");
    meter.level = noise;
    expect(room.pass(60_000)).toEqual([]);
    meter.level = -12;
    expect(room.pass(1_000)[0]).toEqual(["a"]);
    meter.level = noise;
    room.pass(5_000);
    expect(room.told.at(-1)?.speakers).toEqual([]);
  }
});

test("[SB41] noise that wavers does not count", () => {
  const room = listen();
  const meter = room.hear("a");
  for (let tick = 0; tick < 600; tick += 1) {
    meter.level = -46 + 4 * Math.sin(tick);
    expect(room.pass(speakerTickMs)).toEqual([]);
  }
});

test("[SB41] noise that begins after silence is learned within 15 s", () => {
  const room = listen("a");
  room.pass(1_000, { a: -100 });
  room.pass(15_000, { a: -42 });
  expect(room.told.at(-1)?.speakers).toEqual([]);
  expect(room.pass(60_000)).toEqual([]);
});

test("[SB41] gaps in which nothing comes do not make noise into speech", () => {
  const room = listen("a");
  room.pass(60_000, { a: -43 });
  expect(room.told.at(-1)?.speakers).toEqual([]);
  for (let again = 0; again < 20; again += 1) {
    expect(room.pass(400, { a: nothing })).toEqual([]);
    expect(room.pass(2_000, { a: -43 })).toEqual([]);
  }
});

test("[SB41] somebody who speaks softly, but above a quiet room, counts; sound below -45 dBov never does", () => {
  expect(listen("a").pass(1_000, { a: -42 })[0]).toEqual(["a"]);
  expect(listen("a").pass(10_000, { a: -48 })).toEqual([]);
});

test("[SB41] a speaker that turns a little softer than what began its speech is still one", () => {
  const room = listen("a");
  room.pass(1_000, { a: -44 });
  room.pass(3_000, { a: -48 });
  expect(room.told.map(({ speakers }) => speakers.length)).not.toContain(0);
});

test("[SB42] somebody who speaks with pauses stays, and is gone after 1.5 s of silence", () => {
  const room = listen("a");
  for (let sentence = 0; sentence < 10; sentence += 1) {
    room.pass(1_700, { a: -22 });
    room.pass(1_200, { a: quiet });
  }
  expect(room.told.every(({ speakers }) => speakers.length === 1)).toBe(true);
  room.pass(1_000, { a: -22 });
  const silentSince = room.nowMs;
  room.pass(5_000, { a: quiet });
  expect(room.told.at(-1)?.speakers).toEqual([]);
  const afterMs = (room.told.at(-1)?.atMs ?? 0) - silentSince;
  expect(afterMs).toBeGreaterThanOrEqual(1_500);
  expect(afterMs).toBeLessThanOrEqual(1_800);
});

test("[SB42] a client that sends nothing while it is silent (DTX) is gone likewise", () => {
  const room = listen("a");
  room.pass(1_000, { a: -22 });
  room.pass(2_000, { a: nothing });
  expect(room.told.at(-1)?.speakers).toEqual([]);
});

test("[SB42] a tick that comes seconds late, before the packets that wait, ends nobody's speech", () => {
  const room = listen("a");
  room.pass(1_000, { a: -22 });
  room.pass(5_000, { a: nothing }, 5_000);
  room.pass(1_000, { a: -22 });
  expect(room.told.every(({ speakers }) => speakers.length === 1)).toBe(true);
});

test("[SB42] who speaks for minutes without a pause stays", () => {
  const room = listen("a");
  room.pass(180_000, { a: -25 });
  expect(room.told.every(({ speakers }) => speakers.length === 1)).toBe(true);
});

test("[SB43] of two who alternate the one that speaks is first, and both are there", () => {
  const room = listen("a", "b");
  room.pass(2_000, { a: -20, b: quiet });
  for (let turn = 0; turn < 6; turn += 1) {
    const [speaker, listener] = turn % 2 === 0 ? ["b", "a"] : ["a", "b"];
    room.pass(1_400, { [speaker]: -20, [listener]: quiet });
    expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual([speaker, listener]);
  }
});

test("[SB43] two who are about as loud do not change places; who is clearly louder goes first", () => {
  const room = listen("a", "b");
  room.pass(1_000, { a: -20, b: quiet });
  room.pass(1_000, { b: -20 });
  const before = room.told.length;
  for (let turn = 0; turn < 30; turn += 1) room.pass(300, { a: -20 - (turn % 2), b: -21 + (turn % 2) });
  expect(room.told.length).toBe(before);
  room.pass(2_000, { a: -24, b: -12 });
  expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual(["b", "a"]);
});

test("[SB43] the newcomer is placed by how loud it is", () => {
  const room = listen("a", "b", "c");
  room.pass(3_000, { a: -10, b: -30 });
  room.pass(3_000, { c: -20 });
  expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual(["a", "c", "b"]);
});

test("[SB44] lists are 300 ms apart, however much happens", () => {
  const peers = Array.from({ length: 12 }, (_, n) => `p${n}`);
  const room = listen(...peers);
  // The end of a speaker may come sooner, once.
  room.pass(1_000, { p0: -20 });
  room.speakers.remove(room.meter("p0"));
  room.pass(speakerTickMs);
  room.told.length = 0;
  for (let tick = 0; tick < 600; tick += 1) {
    const levels = Object.fromEntries(peers.map((peer, n) => [peer, ((tick * (n + 3)) % 37) - 50]));
    room.pass(speakerTickMs, levels);
  }
  const times = room.told.map(({ atMs }) => atMs);
  expect(times.length).toBeGreaterThan(20);
  for (const [n, atMs] of times.entries()) if (n > 0) expect(atMs - (times[n - 1] ?? 0)).toBeGreaterThanOrEqual(300);
});

test("[SB44] nothing is told while nothing changes but a level by less than 6 dB", () => {
  const room = listen("a");
  room.pass(3_000, { a: -20 });
  const before = room.told.length;
  for (let turn = 0; turn < 100; turn += 1) room.pass(speakerTickMs, { a: -20 + 4 * Math.sin(turn) });
  expect(room.told.length).toBe(before);
  room.pass(3_000, { a: -8 });
  expect(room.told.length).toBeGreaterThan(before);
});

test("[SB44] how silent a speaker is in a pause is not told", () => {
  const room = listen("a");
  room.pass(1_000, { a: -44 });
  const before = room.told.length;
  room.pass(1_400, { a: nothing });
  expect(room.told.length).toBe(before);
});

test("[SB45] at most 8 speakers are told, the loudest", () => {
  const peers = Array.from({ length: 20 }, (_, n) => `p${n}`);
  const room = listen(...peers);
  room.pass(5_000, Object.fromEntries(peers.map((peer, n) => [peer, -40 + n])));
  for (const { speakers } of room.told) expect(speakers.length).toBeLessThanOrEqual(8);
  const last = room.told.at(-1)?.speakers.map(({ peer }) => peer);
  expect(new Set(last).size).toBe(8);
  // Neighbors are 1 dB apart, and 3 dB decide.
  for (const peer of last ?? []) expect(Number(peer.slice(1))).toBeGreaterThanOrEqual(10);
});

test("[SB46] somebody who mutes drops out with the next tick, also right after a list", () => {
  const room = listen("a", "b");
  room.pass(1_000, { a: -20 });
  room.pass(300, { b: -20 });
  expect(room.told.at(-1)?.atMs).toBe(room.nowMs);
  room.meter("a").muted = true;
  expect(room.pass(speakerTickMs)).toEqual([["b"]]);
  room.meter("b").muted = true;
  expect(room.pass(speakerTickMs)).toEqual([[]]);
  expect(room.pass(10_000)).toEqual([]);
});

test("[SB46] a track that is gone takes its speaker along with the next tick", () => {
  const room = listen("a", "b");
  room.pass(1_000, { a: -20, b: -20 });
  room.speakers.remove(room.meter("a"));
  expect(room.pass(speakerTickMs)).toEqual([["b"]]);
  room.speakers.remove(room.meter("b"));
  expect(room.speakers.trackCount).toBe(0);
  expect(room.pass(speakerTickMs)).toEqual([[]]);
  expect(room.pass(1_000)).toEqual([]);
});

test("[SB46] somebody who unmutes has to speak anew", () => {
  const room = listen("a");
  room.pass(1_000, { a: -20 });
  room.meter("a").muted = true;
  room.pass(1_000);
  room.meter("a").muted = false;
  expect(room.pass(2 * speakerTickMs)).toEqual([]);
  expect(room.pass(1_000)[0]).toEqual(["a"]);
});

test("[SB47] of several tracks of a member the loudest speaks for it", () => {
  const room = listen("a", "b");
  const screen = room.hear("a");
  screen.level = -10;
  room.pass(2_000, { a: -30, b: -20 });
  expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual(["a", "b"]);
  screen.level = -30;
  room.pass(3_000, { a: -10 });
  expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual(["a", "b"]);
  room.pass(3_000, { a: -30 });
  expect(room.told.at(-1)?.speakers.map(({ peer }) => peer)).toEqual(["b", "a"]);
});
