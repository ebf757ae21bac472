import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProgram } from "../../kit/start_program.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const tsc = join(root, "node_modules/.bin/tsc");
/** The empty project that the package is installed in. */
let app = "";
let packed = "";

// As `npm install` of the tarball does it, but for the registry: unpacked, its dependency beside it, its own script run.
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "signalbox-package-"));
  packed = join(app, "node_modules/signalbox");
  mkdirSync(packed, { recursive: true });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", app], {
    cwd: root,
  });
  await run("tar", ["-xzf", join(app, stdout.trim()), "-C", packed, "--strip-components=1"]);
  // As the registry has it, without a patch of ours.
  symlinkSync(realpathSync(join(root, "node_modules/werift-unpatched")), join(app, "node_modules/werift"));
  writeFileSync(join(app, "package.json"), '{"type":"module"}');
}, 60_000);

afterAll(() => rmSync(app, { recursive: true }));

/** Type-checks a module of the project, with every declaration that it comes to; "" when all is right. */
async function check(code: string, options: object = {}): Promise<string> {
  writeFileSync(join(app, "main.ts"), code);
  const compilerOptions = {
    ...{ target: "es2024", lib: ["es2024", "dom", "dom.iterable"], module: "nodenext", types: [], noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    ...options,
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["main.ts"] }));
  return await run(tsc, ["-p", app]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
}

const page = `
import { ClientError, joinRoom, type LocalTrack, type RoomOptions } from "signalbox/client";
const options: RoomOptions = { name: "Ada", subscribe: "none" };
const room = await joinRoom("atrium", options);
room.on("track-published", ({ peer, source }) => console.log(peer.name.length, source.length));
const local: LocalTrack = await room.publishCamera({ simulcast: false });
if (room.lastError instanceof ClientError && room.lastError.code === "kicked") local.unpublish();
`;

test.each(["nodenext", "preserve"])(
  "[CL54] installed, it type-checks with all its declarations (module %s)",
  { timeout: 60_000 },
  async (module) => {
    expect(await check(page, { module })).toBe("");
    expect(await check(`${page}room.publishHologram();`, { module })).toContain("publishHologram");
  },
);

test("[CL54] its declarations for Node type-check, too", { timeout: 60_000 }, async () => {
  const bot = `
import { joinRoom } from "signalbox/client";
import { createWeriftPlatform, weriftPlatform } from "signalbox/client/node";
await joinRoom("atrium", { url: "ws://localhost/ws", platform: weriftPlatform });
const port: number = createWeriftPlatform({ icePortRange: [50_000, 50_100] });
`;
  const said = await check(bot, {
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
    skipLibCheck: true,
  });
  expect(said.split("\n").filter((line) => line.includes("error"))).toEqual([
    expect.stringMatching(/main\.ts\(5,7\): error TS2322: Type 'Platform' is not assignable to type 'number'\.$/),
  ]);
});

test("[CL54] installing it changes no package of the project", async () => {
  const { scripts } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  const { stdout, stderr } = await run("sh", ["-c", scripts.postinstall], { cwd: packed });
  expect([stdout, stderr]).toEqual(["", ""]);
});

test("[CL54] installed, bots run in Node on werift as npm has it", { timeout: 60_000 }, async () => {
  const { wsUrl } = await startProgram();
  const program = `
import { joinRoom } from "signalbox/client";
import { weriftPlatform } from "signalbox/client/node";
const bots = await Promise.all(["Ada", "Bob"].map((name) => joinRoom("bots", { url: process.argv[2], name, platform: weriftPlatform })));
const channels = bots.map((bot) => bot.openChannel("chat"));
channels[1].on("message", ({ from, data }) => {
  console.log(data, from === bots[0].id);
  for (const bot of bots) bot.leave();
  // What werift leaves behind would keep the process for a while.
  process.exit();
});
const open = () => channels.every(({ isOpen }) => isOpen) && channels[0].send("hi");
for (const channel of channels) channel.on("open", open);
`;
  writeFileSync(join(app, "bot.js"), program);
  const { stdout } = await run(process.execPath, ["bot.js", wsUrl], { cwd: app, timeout: 50_000 });
  expect(stdout).toBe("hi true\n");
});
