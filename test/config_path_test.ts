import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../config.ts";

const read = (...argv: string[]) => readConfig({ argv, env: {}, cwd: "/nonexistent" });

test("[PTH18] interfaces and ICE-lite are read from flag, variable and file, and are off without them", () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(read()).toMatchObject({ interfaces: [], isIceLite: false });
  const expected = { interfaces: ["eth0", "2001:db8::1"], isIceLite: true };
  expect(read("--interfaces", "eth0, 2001:db8::1,eth0", "--ice-lite", "on")).toMatchObject(expected);
  const env = { SIGNALBOX_INTERFACES: "eth0,2001:db8::1", SIGNALBOX_ICE_LITE: "true" };
  expect(readConfig({ argv: [], env, cwd: "/nonexistent" })).toMatchObject(expected);
  const file = { interfaces: ["eth0", "2001:db8::1"], "ice-lite": true };
  writeFileSync(join(folder, "signalbox.json"), JSON.stringify(file));
  expect(readConfig({ argv: [], env: {}, cwd: folder })).toMatchObject(expected);
});

test.each([
  ["--interfaces", "eth0,,eth1", /^Cannot use --interfaces "eth0,,eth1": expected names of network interfaces/],
  ["--interfaces", Array.from({ length: 17 }, (_, at) => `eth${at}`).join(), /at most 16$/],
  ["--ice-lite", "yes", /^Cannot use --ice-lite "yes": expected on or off$/],
  ["--consent-timeout-ms", "14999", /from 15000 to 30000$/],
  ["--consent-timeout-ms", "30001", /from 15000 to 30000$/],
])("[PTH18] %s %s is refused", (flag, value, message) => {
  expect(() => read(flag, value)).toThrow(message);
});

test("[PTH18] an ICE-lite node that shall have relays is refused", () => {
  expect(() => read("--ice-lite", "on", "--relay-candidates", "on")).toThrow(
    /^Cannot use --relay-candidates "on": a node with --ice-lite has host candidates alone/,
  );
  expect(read("--ice-lite", "on", "--relay-candidates", "auto").isIceLite).toBe(true);
});
