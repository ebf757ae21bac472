import { expect, test } from "vitest";
import { ClusterRooms } from "../../actors/cluster_rooms.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { joinCluster, KeptLog } from "./start_supervisor.ts";

test("[XR18] who speaks is told again with each beat, that nobody does three times", async () => {
  const hub = new LocalHub();
  const { bus, subjects } = joinCluster("a", { hub });
  let beat = (): void => undefined;
  const rooms = new ClusterRooms({
    node: "a",
    bus,
    subjects,
    timeouts: { nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000, partTimeoutMs: 1_000 },
    log: new KeptLog(),
    others: () => [],
    every: (_, call) => {
      beat = () => call(0);
      return () => undefined;
    },
  });
  const ignore = () => undefined;
  const listener = { seen: ignore, gone: ignore, superseded: ignore, removed: ignore, closed: ignore };
  const media = { dataReceived: ignore, channelReceived: ignore, speakersHeard: ignore };
  const room = rooms.open("atrium", { ...listener, ...media }, () => 1);
  let toldCount = 0;
  hub.connect("b").subscribe(subjects.room("atrium", "speakers"), () => {
    toldCount += 1;
  });
  const countAfter = async (beats: number): Promise<number> => {
    toldCount = 0;
    for (let n = 0; n < beats; n += 1) beat();
    await bus.flush();
    return toldCount;
  };
  room.tellSpeakers([{ peer: "ada", level: 0.5 }]);
  expect(await countAfter(5)).toBe(6);
  room.tellSpeakers([]);
  expect(await countAfter(5)).toBe(4);
  expect(await countAfter(5)).toBe(0);
  rooms.stop();
});
