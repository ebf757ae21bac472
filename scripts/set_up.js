// Makes the checkout ready to run (npm does it before start, test, lint and the others): the packages of the lock file, the
// Node that they need, the patches, and for the tests the programs of the system. Plain JavaScript without dependencies, for
// any Node from 20 up, since nothing may be installed yet. Silent, and done in milliseconds, when there is nothing to do.
//
//   node scripts/set_up.js           everything in the lock file
//   node scripts/set_up.js --start   what the server needs to run, so that an install without dev packages is left alone
//   node scripts/set_up.js --test    everything, and what the tests start
//   node scripts/set_up.js --nats    everything, and nats-server

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyPatches } from "./apply_patches.js";

/** What the tests start: Debian's package and a file that shows that it is there. */
const testPrograms = {
  chromium: "/usr/bin/chromium",
  "firefox-esr": "/usr/bin/firefox-esr",
  "python3-aiortc": "/usr/lib/python3/dist-packages/aiortc/__init__.py",
  "python3-websockets": "/usr/lib/python3/dist-packages/websockets/__init__.py",
  "nats-server": "/usr/sbin/nats-server",
  coturn: "/usr/bin/turnserver",
  openssl: "/usr/bin/openssl",
  iproute2: "/usr/sbin/ip",
  nftables: "/usr/sbin/nft",
};

/**
 * Why the packages must be installed anew, or undefined when they need not.
 *
 * @param {string} root the project's folder
 * @param {{ isForStart?: boolean, nodeVersion?: string }} options `isForStart`: dev packages may be missing, and the
 *   running Node will do if the server can run on it
 * @returns {string | undefined}
 */
export function findStaleness(root, { isForStart = false, nodeVersion = process.versions.node } = {}) {
  const installedFile = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedFile)) return "node_modules is missing or incomplete";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  for (const [path, { version, integrity, dev, optional, devOptional }] of Object.entries(wanted)) {
    if (path === "" || optional || devOptional || (isForStart && dev)) continue;
    const there = installed[path];
    const name = path.replace(/^.*node_modules\//, "");
    if (there === undefined) return `${name} ${version} is not installed`;
    if (there.version !== version || there.integrity !== integrity) return `${name} is not the one of the lock file`;
    if (!existsSync(join(root, path))) return `${name} was removed`;
  }
  const [major, minor] = nodeVersion.split(".").map(Number);
  const isNodeUsable = isForStart && major === 22 && minor >= 18;
  if (!isNodeUsable && !existsSync(join(root, "node_modules/node/bin/node"))) return "its Node is missing";
  return undefined;
}

/**
 * The Debian packages that the tests need, or some of these, and that are not there.
 *
 * @param {(file: string) => boolean} isThere
 * @param {readonly string[]} names
 * @returns {string[]}
 */
export function findMissingPrograms(isThere = existsSync, names = Object.keys(testPrograms)) {
  return Object.entries(testPrograms).flatMap(([name, file]) => (isThere(file) || !names.includes(name) ? [] : [name]));
}

/**
 * The environment and the arguments for `npm ci` from inside an npm script: without this folder's own binaries, which go
 * away meanwhile, and whatever the outer npm was told to leave out.
 *
 * @param {string} root the project's folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ args: string[], env: NodeJS.ProcessEnv }}
 */
export function planInstall(root, env) {
  const kept = (env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(join(root, "node_modules")));
  const args = ["ci", "--include=dev", "--include=optional", "--global=false", "--dry-run=false"];
  args.push("--package-lock-only=false", "--no-audit", "--no-fund", "--loglevel=error");
  return { args, env: { ...env, PATH: kept.join(delimiter) } };
}

function installPackages(root, why) {
  say(`npm ci, because ${why}`);
  const { args, env } = planInstall(root, process.env);
  const { status, error } = spawnSync("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2] });
  if (error !== undefined || status !== 0) fail(`npm ci failed${error === undefined ? "" : `: ${error.message}`}`);
  const still = findStaleness(root);
  if (still !== undefined) fail(`npm ci ran, but ${still}`);
}

function installPrograms(names) {
  const isDebian = existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  const install = `apt-get install -y --no-install-recommends ${names.join(" ")}`;
  if (!isDebian || process.getuid?.() !== 0) {
    fail(`this needs ${names.join(", ")}; on Debian: sudo apt-get update && sudo ${install}`);
  }
  say(`apt-get install, because this needs ${names.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync("sh", ["-c", `apt-get update -q && ${install}`], { env, stdio: ["ignore", 2, 2] });
  if (status !== 0) fail(`"${install}" failed`);
}

function say(text) {
  console.error(`set-up: ${text}`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const why = findStaleness(root, { isForStart: process.argv.includes("--start") });
  if (why !== undefined) installPackages(root, why);
  try {
    const applied = applyPatches(root);
    if (applied.length > 0) say(`patched ${applied.join(", ")}`);
  } catch (error) {
    fail(error.message);
  }
  const needed = process.argv.includes("--test") ? undefined : process.argv.includes("--nats") ? ["nats-server"] : [];
  if (needed?.length !== 0) {
    const missing = findMissingPrograms(existsSync, needed);
    if (missing.length > 0) installPrograms(missing);
  }
}
