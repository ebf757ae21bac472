import { expect, test } from "vitest";
import { Pacer } from "../../load/pacer.ts";

function paced(intervalMs: number) {
  const sentAt: number[] = [];
  return { intervalMs, sentAt, send: (dueMs: number) => void sentAt.push(dueMs) };
}

test("[LG6] each source sends at its pace, however seldom is looked", () => {
  const pacer = new Pacer();
  const [audio, video] = [paced(20), paced(50)];
  pacer.add(audio, 100);
  pacer.add(video, 110);
  pacer.run(99);
  expect(audio.sentAt).toEqual([]);
  pacer.run(100);
  pacer.run(170);
  expect(audio.sentAt).toEqual([100, 120, 140, 160]);
  expect(video.sentAt).toEqual([110, 160]);
  expect(pacer.lateness.summary()).toMatchObject({ count: 6, max: 60 });
  pacer.remove(audio);
  pacer.run(200);
  expect(audio.sentAt.length).toBe(4);
});

test("[LG6] who is more than a second behind skips and says so", () => {
  const pacer = new Pacer();
  const audio = paced(100);
  pacer.add(audio, 0);
  pacer.run(3_000);
  expect(audio.sentAt[0]).toBe(2_100);
  expect(audio.sentAt.length).toBe(10);
  expect(pacer.skipped).toBe(21);
});

test("[LG6] a source that ends itself while it sends stays away", () => {
  const pacer = new Pacer();
  let count = 0;
  const source = {
    intervalMs: 10,
    send() {
      count += 1;
      pacer.remove(source);
    },
  };
  pacer.add(source, 0);
  pacer.run(5);
  pacer.run(500);
  expect(count).toBe(1);
});
