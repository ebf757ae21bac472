import { expect, test } from "vitest";
import { AudioLevels } from "../../actors/audio_levels.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";

test("[SB48] a level is taken once in a tick, and is the same for all who listen", () => {
  const levels = new AudioLevels();
  const [track, other] = [new FakeRemoteTrack(), new FakeRemoteTrack()];
  const [a, b] = [levels.meterOf(track), levels.meterOf(track)];
  expect(levels.meterOf(other)).not.toBe(a);
  track.level = 0.5;
  expect(a.takeAudioLevel()).toBe(0.5);
  track.level = 0.25;
  expect([a.takeAudioLevel(), b.takeAudioLevel()]).toEqual([0.5, 0.5]);
  levels.nextTick();
  expect([b.takeAudioLevel(), a.takeAudioLevel()]).toEqual([0.25, 0.25]);
  expect(b.muted).toBe(false);
  track.muted = true;
  expect(b.muted).toBe(true);
});
