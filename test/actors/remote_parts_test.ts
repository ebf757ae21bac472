import { expect, test } from "vitest";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import { RemoteParts } from "../../actors/remote_parts.ts";
import { remotePartMachine } from "../../machines/remote_part_machine.ts";
import { KeptLog } from "./start_supervisor.ts";

test("[XR44] of a node that spoke for itself hearsay does not count, until 256 others have spoken since", () => {
  const recorder = new FlightRecorder();
  const parts = new RemoteParts({
    room: "atrium",
    logic: remotePartMachine,
    timeouts: { partTimeoutMs: 1_000, nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000 },
    log: new KeptLog(),
    recorder,
    onEnded: () => undefined,
  });
  const speak = (node: string) => {
    parts.tell(node, { type: "part.told", number: 1, peers: [] });
    parts.tell(node, { type: "part.ended", number: 2 });
  };
  const isThere = (node: string) =>
    recorder.records.some(({ endedAtMs, address }) => {
      return address.startsWith(`remote-part:atrium/${node}`) && endedAtMs === undefined;
    });
  speak("first");
  for (let index = 0; index < 255; index += 1) speak(`node-${index}`);
  parts.recall({ node: "first", number: 9, peers: [] });
  expect(isThere("first")).toBe(false);
  speak("last");
  parts.recall({ node: "first", number: 9, peers: [] });
  expect(isThere("first")).toBe(true);
  parts.close();
});
