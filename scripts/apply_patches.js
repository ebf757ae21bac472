// Applies patches/*.patch to node_modules after an install (the root `postinstall`). Plain JavaScript for any Node from 20
// up, without dependencies. Names as patch-package makes them: `werift+0.25.2+001+name.patch`, applied in that order.
// Stricter than patch-package: every line must match where the patch says, and nothing is written unless all patches of a
// package apply. What a patched file was before is kept, so that patches may change without a new install.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * In each patched package, so that it dies with the package: `patches`, the file name and the hash of each that was applied,
 * and `originals`, the text of each file before that, or null for one that was not there.
 */
const noteName = ".signalbox_patched.json";

/**
 * Makes each package what its patches say; does nothing where it is that already.
 *
 * @param {string} root the project's folder
 * @returns {string[]} the packages that it changed
 * @throws Error that names the patch that does not fit; its package is as it was then
 */
export function applyPatches(root) {
  const wanted = listPatches(root);
  const packages = [...new Set([...wanted.keys(), ...listPatchedPackages(root)])];
  return packages.filter((name) => patchPackage(root, name, wanted.get(name) ?? []));
}

/** The patches by the package that they are for, in the order in which they apply. */
function listPatches(root) {
  const folder = join(root, "patches");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".patch")) : [];
  const byPackage = new Map();
  for (const name of names.sort()) {
    const [, packageName, version] = /^((?:@[^+]+\+)?[^+]+)\+([^+]+?)(?:\+.*)?\.patch$/.exec(name) ?? [];
    if (packageName === undefined) throw new Error(`Cannot apply ${name}: its name is not package+version+number+what`);
    const key = packageName.replace("+", "/");
    const text = readFileSync(join(folder, name), "utf8");
    const hash = createHash("sha256").update(text).digest("hex");
    byPackage.set(key, [...(byPackage.get(key) ?? []), { name, version, text, hash }]);
  }
  return byPackage;
}

function listPatchedPackages(root) {
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return [];
  const packages = readdirSync(modules).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return packages.filter((name) => existsSync(join(modules, name, noteName)));
}

/** True when the package had to be changed. */
function patchPackage(root, packageName, patches) {
  const folder = `node_modules/${packageName}`;
  const noteFile = join(root, folder, noteName);
  const note = existsSync(noteFile) ? JSON.parse(readFileSync(noteFile, "utf8")) : { patches: {}, originals: {} };
  const hashes = Object.fromEntries(patches.map(({ name, hash }) => [name, hash]));
  if (JSON.stringify(note.patches) === JSON.stringify(hashes)) return false;
  const files = { root, folder, originals: new Map(Object.entries(note.originals)), texts: new Map() };
  for (const patch of patches) applyPatch(patch, files);
  for (const [path, original] of files.originals) {
    writeText(join(root, path), files.texts.has(path) ? files.texts.get(path) : original);
  }
  const originals = Object.fromEntries([...files.originals].filter(([path]) => files.texts.has(path)));
  writeText(noteFile, patches.length === 0 ? null : JSON.stringify({ patches: hashes, originals }));
  return true;
}

/** Changes `files.texts` and notes in `files.originals` what it reads for the first time; writes nothing. */
function applyPatch({ name, version, text }, files) {
  const installed = JSON.parse(readFileSync(join(files.root, files.folder, "package.json"), "utf8")).version;
  if (installed !== version) throw new Error(`Cannot apply ${name}: ${installed} is installed`);
  const lines = text.split("\n");
  const isStart = (line, index) => /^--- \S/.test(line) && lines[index + 1]?.startsWith("+++ ");
  const starts = lines.flatMap((line, index) => (isStart(line, index) ? [index] : []));
  if (starts.length === 0) throw new Error(`Cannot apply ${name}: it names no file`);
  for (const start of starts) changeFile(lines, start, name, files);
}

/** Changes the file that the lines `---` and `+++` name, the first of which is at `start`. */
function changeFile(lines, start, name, { root, folder, originals, texts }) {
  const [from, to] = [lines[start], lines[start + 1]].map((line) => line.slice(4).split("\t")[0]);
  const path = (to === "/dev/null" ? from : to).replace(/^[ab]\//, "");
  if (!path.startsWith(`${folder}/`) || path.split("/").includes("..")) {
    throw new Error(`Cannot apply ${name}: ${path} is not in ${folder}`);
  }
  if (!originals.has(path)) originals.set(path, readText(join(root, path)));
  const old = texts.has(path) ? texts.get(path) : originals.get(path);
  if ((old === null) !== (from === "/dev/null")) {
    throw new Error(`Cannot apply ${name}: ${path} ${old === null ? "does not exist" : "exists already"}`);
  }
  const hunks = [];
  for (let index = start + 2; lines[index]?.startsWith("@@ "); index = hunks.at(-1).end) {
    const hunk = readHunk(lines, index);
    if (hunk === undefined) throw new Error(`Cannot apply ${name}: its line ${index + 1} starts a hunk that is cut`);
    hunks.push(hunk);
  }
  const text = applyHunks(old ?? "", hunks);
  if (text === undefined) throw new Error(`Cannot apply ${name}: ${path} is not what it expects`);
  texts.set(path, to === "/dev/null" ? null : text);
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** Writes a file whole, since another process may be reading it; null removes it. */
function writeText(file, text) {
  if (text === null) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
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
