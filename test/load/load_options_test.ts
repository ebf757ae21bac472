import { expect, test } from "vitest";
import { BadOptions, loadHelp, readLoadOptions } from "../../load/load_options.ts";
import { loadSettings, loadSwitches } from "../../load/load_settings.ts";

function refusal(...argv: string[]): string {
  try {
    readLoadOptions(argv);
  } catch (error) {
    if (error instanceof BadOptions) return error.message;
    throw error;
  }
  throw new Error(`${argv.join(" ")} was taken`);
}

test("[LG1] a command line is read, with units, and what it leaves out has a default", () => {
  const argv = "--rooms 10 --peers 6 --audio --for 1.5m --ramp 500ms --bitrate 1.5M --processes 3 --publishers 2";
  expect(readLoadOptions(argv.split(" "))).toEqual({
    url: "ws://127.0.0.1:8080/ws",
    rooms: 10,
    peers: 6,
    publishers: 2,
    isAudio: true,
    isVideo: false,
    isData: false,
    forMs: 90_000,
    rampMs: 500,
    bitrate: 1_500_000,
    framesPerSecond: 15,
    keyframeIntervalMs: 10_000,
    messagesPerSecond: 5,
    processes: 3,
    joinTimeoutMs: 15_000,
    roomPrefix: "load",
  });
});

test("[LG1] nothing said is audio and video of everybody, with 100 ms for each to come in", () => {
  const options = readLoadOptions(["--rooms=2", "--peers=5"]);
  expect(options).toMatchObject({ isAudio: true, isVideo: true, isData: false, publishers: 5, rampMs: 1_000 });
  expect(options.processes).toBeGreaterThanOrEqual(1);
  expect(options.processes).toBeLessThanOrEqual(2);
  expect(readLoadOptions(["--data"])).toMatchObject({ isAudio: false, isVideo: false, isData: true });
});

test.each([
  ["https://sfu.example", "wss://sfu.example/ws"],
  ["http://127.0.0.1:9000/", "ws://127.0.0.1:9000/ws"],
  ["wss://sfu.example/a/ws?x=1", "wss://sfu.example/a/ws?x=1"],
])("[LG1] the address %s is that of the WebSocket %s", (given, url) => {
  expect(readLoadOptions(["--url", given]).url).toBe(url);
});

test.each([
  [["--rooms", "0"], 'Cannot use --rooms "0": expected a whole number from 1 to 10000'],
  [["--for", "soon"], 'Cannot use --for "soon": expected a time from 0.1 s to 86400 s, as 500ms, 60s or 5m'],
  [["--for", "60"], 'Cannot use --for "60": expected a time from 0.1 s to 86400 s, as 500ms, 60s or 5m'],
  [["--bitrate", "1"], 'Cannot use --bitrate "1": expected bits in a second from 20000 to 20000000, as 300k or 1.5M'],
  [
    ["--url", "sfu.example"],
    'Cannot use --url "sfu.example": expected an address as http://127.0.0.1:8080 or wss://sfu.example/ws',
  ],
  [["--token", "a b"], "Cannot use --token: expected a token"],
  [["--romms", "2"], "Cannot use --romms: there is no such flag; did you mean --rooms?"],
  [["--rooms"], "Cannot use --rooms: expected a value after it"],
  [["--rooms", "--peers"], "Cannot use --rooms: expected a value after it"],
  [["--rooms", "1", "--rooms", "2"], "Cannot use --rooms twice: expected it only once"],
  [["--audio=yes"], "Cannot use --audio=yes: expected no value"],
  [["5"], 'Cannot use "5": expected a flag; --help lists them'],
  [["--rooms", "10000", "--peers", "11"], "Cannot play 110000 members: expected 100000 at most"],
])("[LG2] %j is refused in one line", (argv, message) => {
  expect(refusal(...argv)).toBe(message);
});

test("[LG2] the help names every flag", () => {
  const help = loadHelp();
  for (const name of [...Object.keys(loadSettings), ...Object.keys(loadSwitches)]) {
    expect(help).toContain(`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  }
});
