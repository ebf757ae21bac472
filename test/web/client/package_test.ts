import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProgram } from "../../kit/start_program.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const tsc = join(root, "node_modules/.bin/tsc");
/** The empty project that the package is installed in, by npm. */
let app = "";
let packed = "";

/** The same project with werift in it, as the registry has it, without a patch of ours. */
let withWerift = "";
/** What npm said as it installed the package, and what was in the project then. */
let said = "";
let installed: readonly string[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-package-"));
  app = join(folder, "app");
  withWerift = join(folder, "with-werift");
  packed = join(app, "node_modules/signalbox");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"type":"module"}');
  const { stdout } = await run("npm", ["pack", "./web/dist", "--silent", "--pack-destination", folder], { cwd: root });
  const install = ["install", "--offline", "--no-audit", "--no-fund", join(folder, stdout.trim())];
  const { stdout: told, stderr } = await run("npm", install, { cwd: app });
  said = `${told}${stderr}`.trim();
  installed = readdirSync(join(app, "node_modules")).filter((name) => !name.startsWith("."));
  cpSync(app, withWerift, { recursive: true });
  symlinkSync(realpathSync(join(root, "node_modules/werift-unpatched")), join(withWerift, "node_modules/werift"));
}, 60_000);

afterAll(() => rmSync(dirname(app), { recursive: true }));

/** Runs a program in one of the projects, and says what it printed. */
async function runIn(project: string, program: string, { flags = [], args = [] }: RunOptions = {}): Promise<string> {
  writeFileSync(join(project, "program.js"), program);
  const { stdout } = await run(process.execPath, [...flags, "program.js", ...args], { cwd: project, timeout: 50_000 });
  return stdout;
}

interface RunOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
}

/** Type-checks a module of the project, with every declaration that it comes to; "" when all is right. */
async function check(code: string, options: object = {}): Promise<string> {
  writeFileSync(join(withWerift, "main.ts"), code);
  const compilerOptions = {
    ...{ target: "es2024", lib: ["es2024", "dom", "dom.iterable"], module: "nodenext", types: [], noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    ...options,
  };
  writeFileSync(join(withWerift, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["main.ts"] }));
  return await run(tsc, ["-p", withWerift]).then(
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
  const complaints = await check(bot, {
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
    skipLibCheck: true,
  });
  expect(complaints.split("\n").filter((line) => line.includes("error"))).toEqual([
    expect.stringMatching(/main\.ts\(5,7\): error TS2322: Type 'Platform' is not assignable to type 'number'\.$/),
  ]);
});

test("[CL54] it is one package of a few small files, which needs no other, and runs nothing as it is installed", () => {
  expect(installed).toEqual(["signalbox"]);
  expect(said).toMatch(/^added 1 package in \S+$/);
  const manifest = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("scripts");
  const files = readdirSync(packed);
  expect(files.sort()).toEqual(["README.md", "client.d.ts", "client.js", "node.d.ts", "node.js", "package.json"]);
  const named = Object.values<Record<string, string>>(manifest.exports).flatMap(Object.values<string>);
  expect(named.map((file) => file.replace("./", ""))).toEqual(["client.d.ts", "client.js", "node.d.ts", "node.js"]);
});

test("[CL54] its README leads nowhere that is not in it", () => {
  const links = [...readFileSync(join(packed, "README.md"), "utf8").matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to);
  expect(links.filter((to) => !/^(#|https?:)/.test(to ?? ""))).toEqual([]);
});

test("[CL55] in Node without werift it says what to install", async () => {
  const program = `
import { ClientError } from "signalbox/client";
const error = await import("signalbox/client/node").catch((reason) => reason);
console.log(error instanceof ClientError, error.code, error.message);
`;
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/werift-unpatched/package.json"), "utf8"));
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  expect([peerDependencies, peerDependenciesMeta]).toEqual([{ werift: version }, { werift: { optional: true } }]);
  const said = `true unsupported Cannot run in Node without werift: npm install werift@${version}\n`;
  expect(await runIn(app, program)).toBe(said);
});

test("[CL55] without a page and a platform, and where Node is too old, it says what to do", async () => {
  const program = `
import { ClientError, joinRoom, openCamera } from "signalbox/client";
for (const attempt of [() => joinRoom("atrium", { url: "ws://127.0.0.1:9/ws" }), openCamera]) {
  const error = await attempt().catch((reason) => reason);
  console.log(error instanceof ClientError, error.code, error.message);
}
`;
  const noCamera =
    "true unsupported Cannot open the camera: there are no devices here; publish() takes a track of any other source";
  expect((await runIn(app, program)).split("\n")).toEqual([
    'true unsupported Cannot make a room: this is no page; in Node give platform: weriftPlatform of "signalbox/client/node"',
    noCamera,
    "",
  ]);
  // What Node 20 lacks.
  const lack =
    "data:text/javascript,delete Promise.withResolvers;delete globalThis.WebSocket;delete globalThis.navigator";
  expect((await runIn(app, program, { flags: ["--import", lack] })).split("\n")).toEqual([
    "true unsupported Cannot make a room: this is too old; use a current browser, or Node 22",
    noCamera,
    "",
  ]);
});

test("[CL54] who packs the server by mistake is told how the client is packed", async () => {
  const packing = run("npm", ["pack", "--dry-run"], { cwd: root });
  await expect(packing).rejects.toMatchObject({ stderr: expect.stringContaining("npm pack ./web/dist") });
});

test("[CL56] the server's patches can be had for it by copying them and their script", {
  timeout: 60_000,
}, async () => {
  const project = join(dirname(app), "patched");
  cpSync(withWerift, project, { recursive: true });
  rmSync(join(project, "node_modules/werift"));
  cpSync(realpathSync(join(root, "node_modules/werift-unpatched")), join(project, "node_modules/werift"), {
    recursive: true,
  });
  for (const folder of ["patches", "scripts"]) mkdirSync(join(project, folder));
  for (const name of readdirSync(join(root, "patches")).filter((file) => file.startsWith("werift+"))) {
    cpSync(join(root, "patches", name), join(project, "patches", name));
  }
  cpSync(join(root, "scripts/apply_patches.js"), join(project, "scripts/apply_patches.js"));
  const { stderr } = await run(process.execPath, ["scripts/apply_patches.js"], { cwd: project });
  expect(stderr).toBe("patched: werift\n");
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
  expect(await runIn(withWerift, program, { args: [wsUrl] })).toBe("hi true\n");
});
