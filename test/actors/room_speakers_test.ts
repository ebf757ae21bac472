import { expect, test } from "vitest";
import { maxSpeakers, type Speaker, speakerTickMs } from "../../actors/active_speakers.ts";
import { AudioLevels } from "../../actors/audio_levels.ts";
import { RoomSpeakers } from "../../actors/room_speakers.ts";
import { FakeRemoteTrack } from "../kit/fake_media.ts";

function listen(present: readonly string[]) {
  const told: (readonly Speaker[])[] = [];
  const toldOthers: (readonly Speaker[])[] = [];
  const levels = new AudioLevels();
  const speakers = new RoomSpeakers({
    levels,
    isPresent: (id) => present.includes(id),
    onChanged: (peers) => told.push(peers),
    onLocalChanged: (peers) => toldOthers.push(peers),
  });
  let nowMs = 0;
  const pass = (ms: number): void => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
      nowMs += speakerTickMs;
      levels.nextTick();
      speakers.tick(nowMs);
    }
  };
  return { speakers, told, toldOthers, pass, last: () => told.at(-1)?.map(({ peer }) => peer) };
}

test("[XR14] who speaks here is told here and to the others, with who speaks elsewhere, the loudest first", () => {
  const { speakers, pass, toldOthers, last } = listen(["ada", "bob", "cy"]);
  const track = new FakeRemoteTrack();
  speakers.add("ada", track);
  pass(2_000);
  track.level = 0.2;
  pass(1_000);
  expect(last()).toEqual(["ada"]);
  speakers.heard("n2", [{ peer: "bob", level: 0.9 }]);
  speakers.heard("n3", [{ peer: "cy", level: 0.01 }]);
  expect(last()).toEqual(["bob", "ada", "cy"]);
  expect(toldOthers.flat().every(({ peer }) => peer === "ada")).toBe(true);
  speakers.heard("n2", []);
  expect(last()).toEqual(["ada", "cy"]);
});

test("[XR14] what is said again is not told again, and who is not in the room does not speak", () => {
  const { speakers, told, last } = listen(["ada"]);
  for (let n = 0; n < 3; n += 1) speakers.heard("n2", [{ peer: "ada", level: 0.5 }]);
  expect(told).toHaveLength(1);
  speakers.heard("n3", [{ peer: "stranger", level: 1 }]);
  expect(last()).toEqual(["ada"]);
  speakers.heard("n4", []);
  expect(told).toHaveLength(2);
});

test("[XR14] one that two nodes hear speaks once, and no more speak than can be told", () => {
  const ids = Array.from({ length: 20 }, (_, n) => `p${n}`);
  const { speakers, last } = listen(ids);
  speakers.heard("n2", [{ peer: "p0", level: 0.5 }]);
  speakers.heard("n3", [{ peer: "p0", level: 0.6 }]);
  expect(last()).toEqual(["p0"]);
  speakers.heard(
    "n4",
    ids.map((peer) => ({ peer, level: 0.1 })),
  );
  expect(last()).toHaveLength(maxSpeakers);
});
