import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import { createPinoLogger, type PinoLoggerOptions } from "../../../transport/log/pino_logger.ts";

function logTo(options: Partial<PinoLoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createPinoLogger({ level: "debug", isPretty: false, write: (line) => lines.push(line), ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

test("[CF11] an event is one JSON line with its time, level, name and fields", () => {
  const { log, lines, last } = logTo();
  log.info("session.opened", { session: "s1", count: 2 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(last()).toEqual({ level: "info", time: expect.any(String), event: "session.opened", session: "s1", count: 2 });
  expect(new Date(String(last().time)).toISOString()).toBe(last().time);
});

test("[CF11] a child's events have its fields too, and fields cannot take the line's own names", () => {
  const { log, last } = logTo();
  log.child({ node: "n1" }).child({ session: "s1" }).warn("slow", { level: "mine", event: "mine" });
  expect(last()).toMatchObject({
    level: "warn",
    event: "slow",
    node: "n1",
    session: "s1",
    level_: "mine",
    event_: "mine",
  });
});

test("[CF11] what is less severe than the level is not written", () => {
  const { log, lines } = logTo({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(lines).toHaveLength(2);
  expect([log.isQuiet, logTo().log.isQuiet]).toEqual([true, false]);
});

test("[CF12] an error is written with its code, details, stack and cause", () => {
  const { log, last } = logTo();
  const error = new SignalboxError("bad-sdp", "Cannot use it: why", { cause: new Error("deep"), details: { line: 3 } });
  log.error("peer.failed", { error });
  expect(last().error).toMatchObject({
    type: "SignalboxError",
    code: "bad-sdp",
    message: "Cannot use it: why",
    details: { line: 3 },
    stack: expect.stringContaining("pino_logger_test.ts"),
    cause: { type: "Error", message: "deep" },
  });
});

test.each([
  ["a field by its name", { ice: [{ credential: "hunter2", urls: "turn:a" }] }],
  ["a field in capitals", { headers: { Authorization: "hunter2" } }],
  ["the ICE password of an SDP", { text: "v=0\r\na=ice-pwd:hunter2\r\n" }],
  ["an SRTP key of an SDP", { text: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2|2^20\r\n" }],
  ["a token in a URL", { url: "/ws?room=a&token=hunter2" }],
  ["a bearer token", { text: "Bearer hunter2" }],
  ["a JSON web token", { text: "got eyJhbGciOiJIUzI1NiJ9.hunter2.c2ln" }],
  ["a private key", { text: "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----" }],
  ["what an error says", { error: new Error("a=ice-pwd:hunter2") }],
  ["the password in a URL", { server: "nats://node:hunter2@nats-1:4222" }],
  ["the token in a URL", { servers: ["tls://hunter2@nats-1:4222"] }],
  ["a seed by its name", { seed: "hunter2" }],
])("[CF13] a secret is not written: %s", (_, fields) => {
  const { log, lines } = logTo();
  log.info("x", fields);
  log.child(fields).info("y");
  expect(lines.join("")).toContain("[redacted]");
  expect(lines.join("")).not.toContain("hunter2");
});

test("[CF13] the seed of an NKey is not written", () => {
  const { log, last } = logTo();
  const seed = `SU${"A2".repeat(28)}`;
  log.info("x", { text: `seed ${seed} of ours`, server: "nats://nats-1:4222", address: "nobody@example.org" });
  expect(last()).toMatchObject({
    text: "seed [redacted] of ours",
    server: "nats://nats-1:4222",
    address: "nobody@example.org",
  });
});

test("[CF13] whatever is logged, the line is JSON and bounded", () => {
  const { log, lines, last } = logTo();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const bytes = new Uint8Array(1e6);
  log.info("x", {
    circle,
    big: 1n,
    bytes,
    list: Array(1e5).fill(1),
    text: "x".repeat(1e6),
    gone: undefined,
    f: () => 1,
  });
  expect(last()).toMatchObject({ event: "x", big: "1", bytes: "[1000000 bytes]", f: "[function]" });
  expect(lines[0]?.length).toBeLessThan(20_000);
});

test("[CF11] on a terminal a line is readable, and stacks stand below it", () => {
  const { log, lines } = logTo({ isPretty: true });
  log.error("peer.failed", { peer: "p1", why: "two words", error: new SignalboxError("bad-sdp", "Cannot") });
  const text = stripVTControlCharacters(lines.join(""));
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} ERROR peer\.failed peer=p1 why="two words" error=\{"message":"Cannot".*\}\n/,
  );
  expect(text).toMatch(/\n {4}SignalboxError: Cannot\n {8}at /);
});

/** What a program printed, line by line; a slow reader begins only when the program has logged everything. */
async function readProgram(body: string, isReaderSlow: boolean): Promise<string[]> {
  const module = new URL("../../../transport/log/pino_logger.ts", import.meta.url).href;
  const program = `import { createPinoLogger } from ${JSON.stringify(module)};\n${body}`;
  const args = ["--input-type=module", "--no-warnings", "-e", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  // The program says on stderr when it has logged, which is long after its pipe is full.
  if (isReaderSlow) await once(child.stderr, "data");
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  await once(child, "close");
  return Buffer.concat(chunks).toString().trimEnd().split("\n");
}

test("[CF14] what was logged before the process ends is all written, however slow the reader is", async () => {
  const lines = await readProgram(
    `const log = createPinoLogger({ level: "info" });
    for (let i = 0; i < 20000; i++) log.info("counted", { i });
    process.stderr.write("logged");
    process.exit(0);`,
    true,
  );
  expect(lines).toHaveLength(20_000);
  expect(lines.map((line) => JSON.parse(line).i)).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
});

test("[CF14] what is logged before the program prints a line of its own stands before it", async () => {
  const lines = await readProgram(
    `createPinoLogger({ level: "info" }).info("first");
    process.stdout.write("second\\n");`,
    false,
  );
  expect(lines).toEqual([expect.stringContaining('"event":"first"'), "second"]);
});
