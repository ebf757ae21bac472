import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RemoteTracks } from "../../actors/remote_tracks.ts";
import type { RelayedTrack } from "../../actors/track_relay.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";
import { trackOf } from "../machines/run_room.ts";
import { KeptLog } from "./start_supervisor.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asked {
  readonly trackId: string;
  readonly node: string;
  readonly signal: AbortSignal;
  answer(): Promise<FakeRelayed>;
  fail(): Promise<void>;
}

class FakeRelayed implements RelayedTrack {
  readonly track = new FakeRemoteTrack({ kind: "video" });
  closeCount = 0;

  close(): void {
    this.closeCount += 1;
  }
}

/** Lets what was settled go on. */
const settle = () => vi.advanceTimersByTimeAsync(0);

function openTracks() {
  const asked: Asked[] = [];
  const opened: string[] = [];
  const log = new KeptLog();
  const tracks = new RemoteTracks({
    room: "atrium",
    log,
    relay: {
      offer: () => ({ close: () => undefined }),
      forgetNode: () => undefined,
      open: (trackId, node, signal) =>
        new Promise((resolve, reject) => {
          asked.push({
            trackId,
            node,
            signal,
            answer: async () => {
              const relayed = new FakeRelayed();
              resolve(relayed);
              await settle();
              return relayed;
            },
            fail: async () => {
              reject(new SignalboxError("bus-timeout", "Cannot ask: no answer"));
              await settle();
            },
          });
        }),
    },
    onOpened: ({ id, memberId }, wishes) =>
      opened.push(`${id} of ${memberId} for [${[...wishes].map(([who, layer]) => `${who}:${layer ?? "any"}`)}]`),
  });
  const ask = (index: number): Asked => {
    const found = asked[index];
    if (found === undefined) throw new Error(`There is no request ${index}`);
    return found;
  };
  return { tracks, asked, ask, opened, log };
}

test("[XR15] a track is got once, when it is wanted first, for all who want it then", async () => {
  const { tracks, asked, ask, opened } = openTracks();
  tracks.set("ada", trackOf("t"), "n1", { isWanted: false });
  expect([asked.length, tracks.has("t"), tracks.has("u")]).toEqual([0, true, false]);
  tracks.want("t", "bob", "q");
  tracks.want("t", "cy", null);
  tracks.want("t", "dee", undefined);
  tracks.unwant("t", "dee");
  tracks.want("t", "eve", undefined);
  tracks.memberLeft("eve");
  tracks.want("u", "bob", null);
  expect(asked.map(({ trackId, node }) => `${trackId}@${node}`)).toEqual(["t@n1"]);
  await ask(0).answer();
  expect(opened).toEqual(["t of ada for [bob:q,cy:any]"]);
});

test("[XR15] what is not got is asked for again a second later, until it is not wanted any more", async () => {
  const { tracks, asked, ask, opened, log } = openTracks();
  tracks.set("ada", trackOf("t"), "n1", { isWanted: true });
  await ask(0).fail();
  await vi.advanceTimersByTimeAsync(999);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  await ask(1).answer();
  expect(opened).toEqual(["t of ada for []"]);
  expect(log.entries.map(({ level }) => level)).toEqual(["warn"]);
  tracks.set("ada", trackOf("u"), "n1", { isWanted: true });
  await ask(2).fail();
  tracks.forget("u");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveLength(3);
});

test("[XR15] one that is forgotten while it is got is let go", async () => {
  const { tracks, ask, opened } = openTracks();
  tracks.set("ada", trackOf("t"), "n1", { isWanted: true });
  tracks.forget("t");
  expect(ask(0).signal.aborted).toBe(true);
  const relayed = await ask(0).answer();
  expect([relayed.closeCount, opened]).toEqual([1, []]);
});

test("[XR15] one that goes on at another node is got there, and goes on from here until then", async () => {
  const { tracks, asked, ask, opened } = openTracks();
  tracks.set("ada", trackOf("t"), "n1", { isWanted: false });
  tracks.set("ada", trackOf("t"), "n2", { isWanted: false });
  expect(asked).toEqual([]);
  tracks.want("t", "bob", null);
  const first = await ask(0).answer();
  tracks.set("ada", trackOf("t"), "n3", { isWanted: false });
  expect(asked.map(({ node }) => node)).toEqual(["n2", "n3"]);
  const second = await ask(1).answer();
  expect(opened).toEqual(["t of ada for [bob:any]", "t of ada for []"]);
  expect([first.closeCount, second.closeCount]).toEqual([0, 0]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect([first.closeCount, second.closeCount]).toEqual([1, 0]);
});

test("[XR15] wishes of one that moves before it is got are not lost", async () => {
  const { tracks, ask, opened } = openTracks();
  tracks.set("ada", trackOf("t"), "n1", { isWanted: false });
  tracks.want("t", "bob", "q");
  tracks.set("ada", trackOf("t"), "n2", { isWanted: false });
  const late = await ask(0).answer();
  await ask(1).answer();
  expect([late.closeCount, opened]).toEqual([1, ["t of ada for [bob:q]"]]);
});

test("[XR15] one that a track of this node took the place of goes on for a moment, all others end at once", async () => {
  const { tracks, ask } = openTracks();
  for (const id of ["t", "u"]) tracks.set("ada", trackOf(id), "n1", { isWanted: true });
  const [first, second] = [await ask(0).answer(), await ask(1).answer()];
  tracks.forget("t", { isReplaced: true });
  tracks.close();
  expect([first.closeCount, second.closeCount]).toEqual([0, 1]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect([first.closeCount, second.closeCount]).toEqual([1, 1]);
});

test("[XR15] it is muted as its publisher says, also before it is there", async () => {
  const { tracks, ask } = openTracks();
  tracks.set("ada", trackOf("t", { muted: true }), "n1", { isWanted: true });
  tracks.set("ada", trackOf("u"), "n1", { isWanted: true });
  tracks.mute("u", true);
  tracks.mute("none", true);
  const [t, u] = [await ask(0).answer(), await ask(1).answer()];
  expect([t.track.muted, u.track.muted]).toEqual([true, true]);
  tracks.mute("t", false);
  expect(t.track.muted).toBe(false);
});
