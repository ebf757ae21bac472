import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { MediaStreamTrack, RtpHeader, RtpPacket } from "werift";
import { joinRoom } from "../../../web/client/mod.ts";
import { asDomTrack, weriftPlatform } from "../../../web/node/mod.ts";
import { eventually } from "../../kit/eventually.ts";
import { startProgram } from "../../kit/start_program.ts";

/** A track with 50 packets a second, to the end of the test. */
function sendingTrack(kind: "audio" | "video"): MediaStreamTrack {
  const track = new MediaStreamTrack({ kind });
  let sequenceNumber = 0;
  const timer = setInterval(() => {
    sequenceNumber += 1;
    const header = new RtpHeader({ payloadType: 96, sequenceNumber, timestamp: sequenceNumber * 960 });
    track.writeRtp(new RtpPacket(header, Buffer.alloc(100, 0xf8)));
  }, 20);
  onTestFinished(() => clearInterval(timer));
  return track;
}

test("[EX4] the example of a listener takes sound and no pictures, notes and statistics", {
  timeout: 90_000,
}, async () => {
  const { wsUrl } = await startProgram();
  const room = await joinRoom("atrium", { url: wsUrl, name: "Ada", platform: weriftPlatform });
  onTestFinished(() => room.leave());
  const notes = room.openChannel("notes");
  const heard: unknown[] = [];
  notes.on("message", ({ data }) => heard.push(data));
  await Promise.all([
    room.publish(asDomTrack(sendingTrack("audio"))),
    room.publish(asDomTrack(sendingTrack("video")), { simulcast: false }),
    eventually(() => notes.isOpen, { what: "the channel to open", timeoutMs: 30_000 }),
  ]);
  const entry = fileURLToPath(new URL("../../../examples/listener.ts", import.meta.url));
  const listener = spawn(process.execPath, [entry, wsUrl, "atrium"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void listener.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface({ input: listener.stdout }).on("line", (line) => lines.push(line));
  const said = (pattern: RegExp) =>
    eventually(() => lines.some((line) => pattern.test(line)), {
      what: `the listener to say ${pattern}`,
      timeoutMs: 30_000,
      describe: () => lines,
    });
  await eventually(() => heard.includes("listening"), {
    what: "the listener's note",
    timeoutMs: 30_000,
    describe: () => lines,
  });
  notes.send("good morning");
  await said(/^Ada: good morning$/);
  await said(/^audio of Ada$/);
  await said(/^audio: [1-9]\d* packets, [1-9]\d* kbit\/s, [\d.]+ % lost$/);
  expect(lines.filter((line) => line.startsWith("video"))).toEqual([]);
  listener.kill("SIGINT");
  expect((await once(listener, "exit"))[0]).toBe(0);
});
