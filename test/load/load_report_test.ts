import { expect, test } from "vitest";
import { Distribution } from "../../load/distribution.ts";
import { formatReport } from "../../load/format_report.ts";
import type { MemberResult, WorkerResult } from "../../load/load_message.ts";
import { readLoadOptions } from "../../load/load_options.ts";
import { buildReport, isGood, type LoadReport } from "../../load/load_report.ts";

function member(name: string, more: Partial<MemberResult> = {}): MemberResult {
  return {
    room: "load-1",
    name,
    isPublisher: true,
    joinAtMs: 0,
    isJoined: true,
    isConnected: true,
    reconnects: 0,
    joinMs: 10,
    mediaMs: 100,
    sent: [],
    received: [],
    errors: [],
    ...more,
  };
}

/** Audio of `track`, numbered from 0. */
function sent(track: string, last: number): Pick<MemberResult, "sent"> {
  return { sent: [{ track, kind: "audio", first: 0, last }] };
}

function received(track: string, more: Partial<MemberResult["received"][number]> = {}): Pick<MemberResult, "received"> {
  const nothing = { track, kind: "audio", firstPacketMs: null, first: -1, last: -1, packets: 0 } as const;
  return { received: [{ ...nothing, repeated: 0, longestGapMs: 0, longestLaterGapMs: 0, ...more }] };
}

function report(
  members: readonly MemberResult[],
  more: Partial<WorkerResult> & { lost?: number; busy?: number } = {},
): LoadReport {
  const { lost: lostMembers = 0, busy: machineBusy = 10, ...result } = more;
  const empty = new Distribution().toJSON();
  return buildReport(
    [
      {
        members,
        delays: { audio: empty, video: empty, data: empty },
        signalingRoundTrips: empty,
        mediaRoundTrips: empty,
        lateness: empty,
        skipped: 0,
        cpu: 20,
        peakCpu: 30,
        rssBytes: 1_000_000,
        ...result,
      },
    ],
    {
      options: readLoadOptions(["--peers", `${members.length + lostMembers}`, "--token", "hush", "--processes", "1"]),
      circumstances: { startedAt: "2026-01-01T00:00:00.000Z", measuredMs: 1_000, machineBusy, lostMembers },
    },
  );
}

test("[LG9] what is due to a receiver begins with its first packet and ends with the last that was sent", () => {
  const { media } = report([
    member("ada", sent("a", 99)),
    member(
      "bob",
      received("a", { first: 20, last: 97, packets: 75, repeated: 2, longestGapMs: 1_200, firstPacketMs: 40 }),
    ),
  ]);
  expect(media.audio).toEqual({ sent: 100, due: 80, received: 75, lost: 5, loss: 6.25, repeated: 2 });
  expect(media).toMatchObject({ streams: 1, missing: 0, interrupted: 1, longestGapMs: { count: 1, max: 1_200 } });
});

test("[LG9] a stream of which nothing came is missing, and the run is not good", () => {
  const seen = report([member("ada", sent("a", 99)), member("bob", received("a")), member("eve", received("other"))]);
  expect(seen.media).toMatchObject({ streams: 2, missing: 2 });
  expect(isGood(seen)).toBe(false);
});

test("[LG9] who failed is owed nothing after that, and rooms do not mix", () => {
  const failure = { code: "kicked", message: "Put out" };
  const seen = report([
    member("ada", sent("a", 99)),
    member("bob", { failure, ...received("a", { first: 0, last: 49, packets: 49 }) }),
    member("eve", { room: "load-2" }),
  ]);
  expect(seen.media.audio).toMatchObject({ due: 50, received: 49, lost: 1 });
  expect(seen.media).toMatchObject({ streams: 1, missing: 0 });
});

test("[LG9] a track that was published anew is missing only as what it is now", () => {
  const twice = [...sent("a", 9).sent, { track: "a2", kind: "audio", first: 10, last: 19 } as const];
  const got = received("a2", { first: 10, last: 19, packets: 10 });
  expect(report([member("ada", { sent: twice }), member("bob", got)]).media).toMatchObject({ streams: 1, missing: 0 });
  expect(report([member("ada", { sent: twice }), member("bob")]).media).toMatchObject({ streams: 1, missing: 1 });
});

test("[LG10] failures are counted by code with one of their messages; members of a process that died failed, too", () => {
  const full = { code: "room-full", message: "Cannot join room: it holds 2 of 2 peers" };
  const seen = report(
    [
      member("ada"),
      member("bob", { isJoined: false, isConnected: false, joinMs: null, mediaMs: null, failure: full }),
      member("eve", { isJoined: false, isConnected: false, joinMs: null, mediaMs: null, failure: full }),
      member("kim", { isJoined: false, isConnected: false, joinMs: null, mediaMs: null }),
    ],
    { lost: 2 },
  );
  expect(seen.members).toMatchObject({ planned: 6, joined: 1, connected: 1, failed: 4, unfinished: 1 });
  expect(seen.members.failures).toEqual([
    { code: "room-full", count: 2, message: full.message },
    { code: "generator-fault", count: 2, message: "The process that played them ended; stderr says why" },
  ]);
  expect(seen.setUpMs.join).toMatchObject({ count: 1, max: 10 });
  expect(isGood(seen)).toBe(false);
  expect(isGood(report([member("ada")]))).toBe(true);
});

test("[LG11] the report says when the generator is the limit", () => {
  expect(report([member("ada")]).generator.limits).toEqual([]);
  const late = new Distribution();
  late.add(80);
  const { limits } = report([member("ada")], { cpu: 97.3, busy: 99, lateness: late.toJSON(), skipped: 3 }).generator;
  expect(limits).toEqual([
    "a process used 97 % of a core: give it more --processes",
    "all cores of this machine were busy: use another one too",
    "packets were sent 80 ms late",
    "3 frames were too late to be sent at all",
  ]);
});

test("[LG11] as text and as JSON, the token in neither", () => {
  const seen = report([
    member("ada", sent("a", 99)),
    member("bob", received("a", { first: 0, last: 99, packets: 100, firstPacketMs: 40 })),
    member("eve", { isJoined: false, isConnected: false, failure: { code: "forbidden", message: "Not you" } }),
  ]);
  const text = formatReport(seen);
  expect(text).toContain("3 planned, 2 joined, 2 with media, 1 failed");
  expect(text).toContain("failed    1 x forbidden: Not you");
  expect(text).toMatch(/^audio +100 +100 +100 +0 %$/m);
  expect(text).toMatch(/^first packet +40 ms +40 ms +40 ms$/m);
  expect(text).toContain("1 of 1 came");
  expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  expect(text + JSON.stringify(seen)).not.toContain("hush");
});
