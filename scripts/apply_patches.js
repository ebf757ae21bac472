// Applies patches/*.patch to node_modules after an install (the root `postinstall`). Plain JavaScript for any Node from 20
// up, without dependencies. Names as patch-package makes them: `werift+0.25.2+001+name.patch`, applied in that order.
// Strict where patch-package is lenient: every line must match where the patch says, and nothing is written unless all of
// a patch applies.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** In each patched package: file name to hash of the patches that were applied, so that the note dies with the package. */
const noteName = ".signalbox_patches.json";

/**
 * The patches that are there: file name to hash of its text, in the order in which they apply.
 *
 * @param {string} root the project's folder
 * @returns {Record<string, string>}
 */
export function listPatches(root) {
  const folder = join(root, "patches");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".patch")) : [];
  const hash = (name) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return Object.fromEntries(names.sort().map((name) => [name, hash(name)]));
}

/**
 * The patches that were applied to what is installed now: file name to hash of the text that was applied.
 *
 * @param {string} root the project's folder
 * @returns {Record<string, string>}
 */
export function listAppliedPatches(root) {
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return {};
  const packages = readdirSync(modules).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => join(name, inner)) : [name],
  );
  const notes = packages.map((name) => join(modules, name, noteName)).filter((file) => existsSync(file));
  return Object.assign({}, ...notes.map((file) => JSON.parse(readFileSync(file, "utf8"))));
}

/**
 * Applies what is not applied yet.
 *
 * @param {string} root the project's folder
 * @returns {string[]} the names of the patches that it applied
 * @throws Error that names the patch, when one does not fit, or when one that was applied has changed since
 */
export function applyPatches(root) {
  const wanted = listPatches(root);
  const applied = listAppliedPatches(root);
  const missing = Object.keys(wanted).filter((name) => applied[name] === undefined);
  for (const name of Object.keys(applied)) {
    if (wanted[name] === applied[name]) continue;
    throw new Error(`Cannot apply patches: ${name} is applied and has changed since; run npm ci`);
  }
  for (const name of missing) {
    const { folder, changes } = readPatch(root, name);
    for (const { path, text } of changes) {
      if (text === undefined) {
        rmSync(path);
        continue;
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const note = join(root, folder, noteName);
    const others = existsSync(note) ? JSON.parse(readFileSync(note, "utf8")) : {};
    writeFileSync(note, `${JSON.stringify({ ...others, [name]: wanted[name] }, undefined, 2)}\n`);
  }
  return missing;
}

/** What a patch makes of each file it names; `text` is undefined for one that it deletes. */
function readPatch(root, name) {
  const [, packageName, version] = /^((?:@[^+]+\+)?[^+]+)\+([^+]+?)(?:\+.*)?\.patch$/.exec(name) ?? [];
  if (packageName === undefined) throw new Error(`Cannot apply ${name}: its name is not package+version+number+what`);
  const folder = `node_modules/${packageName.replace("+", "/")}`;
  const installed = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).version;
  if (installed !== version) throw new Error(`Cannot apply ${name}: ${installed} is installed`);
  const lines = readFileSync(join(root, "patches", name), "utf8").split("\n");
  const starts = lines.flatMap((line, index) =>
    /^--- \S/.test(line) && lines[index + 1]?.startsWith("+++ ") ? [index] : [],
  );
  if (starts.length === 0) throw new Error(`Cannot apply ${name}: it names no file`);
  const changes = starts.map((start) => readFileChange(lines, start, { root, folder, name }));
  return { folder, changes };
}

/** What a patch makes of the file named by its lines `---` and `+++`, the first of which is at `start`. */
function readFileChange(lines, start, { root, folder, name }) {
  const [from, to] = [lines[start], lines[start + 1]].map((line) => line.slice(4).split("\t")[0]);
  const path = (to === "/dev/null" ? from : to).replace(/^[ab]\//, "");
  if (!path.startsWith(`${folder}/`) || path.split("/").includes("..")) {
    throw new Error(`Cannot apply ${name}: ${path} is not in ${folder}`);
  }
  const hunks = [];
  for (let index = start + 2; lines[index]?.startsWith("@@ "); index = hunks.at(-1).end) {
    const hunk = readHunk(lines, index);
    if (hunk === undefined) throw new Error(`Cannot apply ${name}: its line ${index + 1} starts a hunk that is cut`);
    hunks.push(hunk);
  }
  const old = from === "/dev/null" ? "" : readFileSync(join(root, path), "utf8");
  const text = applyHunks(old, hunks);
  if (text === undefined) throw new Error(`Cannot apply ${name}: ${path} is not what it expects`);
  return { path: join(root, path), text: to === "/dev/null" ? undefined : text };
}

/** One `@@` hunk: the line that it starts at (from 0) and its lines, each with its sign and line end. */
function readHunk(lines, start) {
  const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(lines[start]);
  if (header === null) return undefined;
  let oldLeft = Number(header[2] ?? 1);
  let newLeft = Number(header[3] ?? 1);
  const at = oldLeft === 0 ? Number(header[1]) : Number(header[1]) - 1;
  const hunk = { at, lines: [], end: start + 1 };
  while (oldLeft > 0 || newLeft > 0) {
    const line = lines[hunk.end];
    if (line === undefined || (line === "" && hunk.end === lines.length - 1) || !/^[ +-]|^$/.test(line))
      return undefined;
    const sign = line[0] ?? " ";
    if (sign !== "+") oldLeft--;
    if (sign !== "-") newLeft--;
    const hasNoLineEnd = lines[hunk.end + 1]?.startsWith("\\ ");
    hunk.lines.push({ sign, text: line.slice(1) + (hasNoLineEnd ? "" : "\n") });
    hunk.end += hasNoLineEnd ? 2 : 1;
  }
  return hunk;
}

function applyHunks(old, hunks) {
  const lines = old.split(/(?<=\n)/);
  const result = [];
  let next = 0;
  for (const hunk of hunks) {
    if (hunk.at < next || hunk.at > lines.length) return undefined;
    result.push(...lines.slice(next, hunk.at));
    next = hunk.at;
    for (const { sign, text } of hunk.lines) {
      if (sign !== "+" && lines[next++] !== text) return undefined;
      if (sign !== "-") result.push(text);
    }
  }
  return [...result, ...lines.slice(next)].join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const root = dirname(dirname(fileURLToPath(import.meta.url)));
    const applied = applyPatches(root);
    if (applied.length > 0) console.error(`patched: ${applied.join(", ")}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
