import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { stripTypes } from "./strip_types.ts";

/** A file as it is served. */
export interface StaticPage {
  readonly contentType: string;
  readonly body: Buffer;
  /** A strong entity tag, in quotes (RFC 9110, 8.8.3). */
  readonly etag: string;
  /** Whether pages of other origins may have it. */
  readonly isShared?: boolean;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/javascript; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

const webFolder = join(import.meta.dirname, "..", "..", "web");

/** The folder of the connection check, wherever the node was started from. */
export const demoFolder = join(webFolder, "demo");

/** The browser SDK, bundled by `npm run client` and kept in the repository; and the source that the connection check shares with it. */
const clientFiles: Readonly<Record<string, string>> = {
  "/client.js": join(webFolder, "dist", "client.js"),
  "/client/polite_negotiation.ts": join(webFolder, "client", "polite_negotiation.ts"),
};

/** The call page: its script and its style are bundled by `npm run page` and kept in the repository. */
const callFiles: Readonly<Record<string, string>> = {
  "/": join(webFolder, "call", "index.html"),
  "/call.js": join(webFolder, "dist", "call.js"),
  "/call.css": join(webFolder, "dist", "call.css"),
};

/** The inspector: bundled as the call page is. What lays out its statecharts is a file by itself, which is loaded when one is drawn. */
const inspectorFiles: Readonly<Record<string, string>> = {
  "/inspector": join(webFolder, "inspector", "index.html"),
  "/inspector.js": join(webFolder, "dist", "inspector.js"),
  "/inspector.css": join(webFolder, "dist", "inspector.css"),
  "/inspector-layout.js": join(webFolder, "dist", "inspector-layout.js"),
};

/**
 * Reads the browser SDK into memory, by the URL path of each of its files: for pages from anywhere, since the page of a call need
 * not come from the node.
 *
 * @throws Error that names the file which is not there.
 */
export function readClientPages(): ReadonlyMap<string, StaticPage> {
  return new Map(Object.entries(clientFiles).map(([path, file]) => [path, { ...readPage(file), isShared: true }]));
}

/**
 * Reads the call page and the inspector into memory, by the URL path of each of their files. The inspector holds no secrets: it is for
 * anyone, and what it shows is for who may watch.
 *
 * @throws Error that names the file which is not there.
 */
export function readBundledPages(): ReadonlyMap<string, StaticPage> {
  const files = { ...callFiles, ...inspectorFiles };
  return new Map(Object.entries(files).map(([path, file]) => [path, readPage(file)]));
}

/**
 * Reads a folder of pages into memory, TypeScript as the JavaScript that a browser runs, by the URL path of each:
 * `/demo/<file>`, and `/check` for its `index.html`. Hidden files are left out.
 *
 * @throws Error that names the file which cannot be read or prepared.
 */
export function readStaticPages(folder: string): ReadonlyMap<string, StaticPage> {
  const pages = new Map<string, StaticPage>();
  for (const name of filesIn(folder)) {
    pages.set(`/demo/${name.split(sep).map(encodeURIComponent).join("/")}`, readPage(join(folder, name)));
  }
  const index = pages.get("/demo/index.html");
  if (index === undefined) throw new Error(`Cannot prepare the pages: ${folder} has no index.html`);
  return pages.set("/check", index);
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.split(sep).some((part) => part.startsWith(".")));
}

function readPage(path: string): StaticPage {
  try {
    const file = readFileSync(path);
    const extension = extname(path);
    const body = extension === ".ts" ? Buffer.from(stripTypes(file.toString())) : file;
    const digest = createHash("sha256").update(body).digest("base64url").slice(0, 22);
    return { contentType: contentTypes[extension] ?? "application/octet-stream", body, etag: `"${digest}"` };
  } catch (cause) {
    throw new Error(`Cannot prepare the page ${path}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
