import { expect, test } from "vitest";
import type { PeerInfo, Track } from "../../../protocol/room.ts";
import { Playback } from "../../../web/client/playback.ts";
import { QualityWatch } from "../../../web/client/quality_watch.ts";
import type { RemoteTrack } from "../../../web/client/remote_track.ts";
import type { Tell } from "../../../web/client/room_events.ts";
import type { RoomStats } from "../../../web/client/room_stats.ts";
import { Roster } from "../../../web/client/roster.ts";
import type { TrackStats } from "../../../web/client/track_stats.ts";
import { settle } from "./fake_connection.ts";
import { FakePlatform } from "./fake_platform.ts";

const camera: Track = { id: "t1", kind: "video", source: "camera", name: "", muted: false, layers: ["q", "f"] };
const ada: PeerInfo = { id: "ada", name: "Ada", metadata: { a: 1 }, state: "connected", tracks: [camera] };

function meet() {
  const told: string[] = [];
  const tell = ((name: string, value: { id?: string; peer?: { id: string }; quality?: string }) => {
    const quality = name === "quality-changed" ? value?.quality : undefined;
    told.push([name, value?.id ?? value?.peer?.id, quality].filter((part) => part !== undefined).join(" "));
  }) as Tell;
  const playback = new Playback(tell);
  const ports = { isSubscribedByDefault: true, playback, send: () => true, started: () => {}, stopped: () => {} };
  const roster = new Roster(ports, tell);
  return { roster, told, tell, playback };
}

test("[CL69] only what changed is told, and each by its own event", () => {
  const { roster, told } = meet();
  roster.replace([ada]);
  expect(told.splice(0)).toEqual(["peer-joined ada", "track-published t1"]);
  roster.replace([structuredClone(ada)]);
  roster.receive({ type: "track-updated", peer: "ada", track: { ...camera } });
  expect(told.splice(0)).toEqual([]);
  roster.receive({ type: "track-updated", peer: "ada", track: { ...camera, muted: true } });
  roster.receive({ type: "peer-updated", peer: { ...ada, metadata: { a: 2 }, tracks: [{ ...camera, muted: true }] } });
  expect(told.splice(0)).toEqual(["track-updated t1", "peer-updated ada"]);
  expect(roster.peers.get("ada")?.metadata).toEqual({ a: 2 });
  roster.receive({ type: "peer-updated", peer: { ...ada, metadata: { a: 2 }, state: "reconnecting", tracks: [] } });
  expect(told.splice(0)).toEqual(["peer-updated ada", "track-unpublished t1"]);
  roster.receive({ type: "track-published", peer: "nobody", track: camera });
  roster.receive({ type: "peer-left", peer: "nobody", reason: "left" });
  roster.receive({ type: "peer-left", peer: "ada", reason: "left" });
  expect(told).toEqual(["peer-left ada"]);
});

const reading = (track: string, direction: "sent" | "received", changes: Partial<TrackStats> = {}): TrackStats => ({
  track,
  direction,
  kind: "video",
  packets: 100,
  bitrate: 1,
  packetLoss: 0,
  jitterMs: 1,
  roundTripMs: null,
  width: 1,
  height: 1,
  framesPerSecond: 1,
  layers: [],
  ...changes,
});

test("[CL85] a verdict needs two readings; what is muted says nothing, and only a change is told", async () => {
  const { roster, told, tell } = meet();
  const platform = new FakePlatform();
  let tracks: readonly TrackStats[] = [reading("t1", "received", { packets: 0 }), reading("mine", "sent")];
  const read = async (): Promise<RoomStats> => ({ roundTripMs: 1, availableOutgoingBitrate: null, tracks });
  roster.replace([ada]);
  told.splice(0);
  const watch = new QualityWatch({ platform, intervalMs: 1_000, tell, peers: roster.peers, read });
  const verdicts = async () => {
    await platform.pass(1_000);
    return told.splice(0).filter((line) => line !== "stats");
  };
  watch.start();
  expect(await verdicts()).toEqual([]);
  expect(await verdicts()).toEqual(["quality-changed ada lost", "quality-changed excellent"]);
  tracks = [
    reading("t1", "received"),
    reading("mine", "sent", { packetLoss: 0.1 }),
    reading("idle", "sent", { packets: 0 }),
  ];
  expect(await verdicts()).toEqual(["quality-changed ada excellent", "quality-changed poor"]);
  expect(await verdicts()).toEqual([]);
  roster.receive({ type: "track-updated", peer: "ada", track: { ...camera, muted: true } });
  expect((await verdicts()).at(-1)).toBe("quality-changed ada unknown");
  watch.stop();
  expect([await verdicts(), platform.timerCount]).toEqual([[], 0]);
});

/** An element that plays when it is allowed to. */
class FakeElement {
  srcObject: unknown = null;
  autoplay = false;
  refusal: string | undefined;
  plays = 0;

  setAttribute(): void {}

  async play(): Promise<void> {
    this.plays += 1;
    if (this.refusal !== undefined) throw new DOMException("no", this.refusal);
  }
}

test("[CL33] what is held back is told once and played by a click; an interrupted start is no refusal", async () => {
  globalThis.MediaStream ??= class {} as unknown as typeof MediaStream;
  const { playback, told } = meet();
  const track = { mediaStreamTrack: {} } as unknown as RemoteTrack;
  const [first, second, third] = [new FakeElement(), new FakeElement(), new FakeElement()];
  first.refusal = second.refusal = "NotAllowedError";
  third.refusal = "AbortError";
  for (const element of [first, second, third]) playback.attach(track, element as unknown as HTMLMediaElement);
  await settle();
  expect([told, playback.isBlocked]).toEqual([["playback-blocked"], true]);
  await expect(playback.resume()).rejects.toMatchObject({ code: "autoplay-blocked" });
  first.refusal = second.refusal = undefined;
  await playback.resume();
  expect([playback.isBlocked, first.plays, third.plays]).toEqual([false, 3, 1]);
  playback.detach(track);
  expect([first.srcObject, second.srcObject]).toEqual([null, null]);
});
