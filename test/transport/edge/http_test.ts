import { execFile } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Readiness } from "../../../transport/edge/http_routes.ts";
import { demoFolder, readStaticPages } from "../../../transport/edge/static_pages.ts";
import { stripTypes } from "../../../transport/edge/strip_types.ts";
import { folderWith } from "./folder_with.ts";
import { openEdge } from "./open_edge.ts";
import { handshake, openTcp } from "./raw_client.ts";

const icon = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);
const pagesFolder = folderWith({
  "index.html": "<!doctype html><title>Signalbox</title>",
  "main.ts": 'import { a } from "./a.ts";\nexport const b: number = a as number;\n',
  "style.css": "body { margin: 0 }",
  "icon.png": icon,
  "a b.txt": "ä",
  ".secret": "no",
});

test("[ED20] serves the folder of pages, each with its content type", async () => {
  const { edge } = await openEdge({ pagesFolder });
  const page = async (path: string) => {
    const response = await fetch(`${edge.url}${path}`);
    return [response.status, response.headers.get("content-type"), await response.text()];
  };
  const html = [200, "text/html; charset=utf-8", "<!doctype html><title>Signalbox</title>"];
  expect(await page("/check")).toEqual(html);
  expect(await page("/check?room=a")).toEqual(html);
  expect(await page("/demo/index.html")).toEqual(html);
  expect(await page("/demo/style.css")).toEqual([200, "text/css; charset=utf-8", "body { margin: 0 }"]);
  expect(await page("/demo/a%20b.txt")).toEqual([200, "text/plain; charset=utf-8", "ä"]);
  const image = await fetch(`${edge.url}/demo/icon.png`);
  expect([image.headers.get("content-type"), Buffer.from(await image.arrayBuffer())]).toEqual(["image/png", icon]);
});

test("[ED20] serves the call page with the script and the style that it asks for", async () => {
  const { edge } = await openEdge({ pagesFolder: demoFolder });
  const html = await (await fetch(`${edge.url}/?a=b`)).text();
  const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  expect(asked).toEqual(expect.arrayContaining(["/call.js", "/call.css", "/client.js"]));
  for (const path of asked) expect((await fetch(edge.url + path)).status, path).toBe(200);
});

test("[ED20] serves the connection check with all that its modules import", async () => {
  const { edge } = await openEdge({ pagesFolder: demoFolder });
  const seen = new Set<string>();
  const load = async (url: string): Promise<void> => {
    if (seen.has(url)) return;
    seen.add(url);
    const response = await fetch(url);
    expect(response.status, url).toBe(200);
    const imported = [...(await response.text()).matchAll(/from "(\.[^"]+)"/g)];
    await Promise.all(imported.map(([, path = ""]) => load(new URL(path, url).href)));
  };
  await load(`${edge.url}/demo/main.ts`);
  expect([...seen]).toContain(`${edge.url}/client/polite_negotiation.ts`);
});

test("[ED20] serves TypeScript as the JavaScript in it, lines and columns kept", async () => {
  const { edge } = await openEdge({ pagesFolder });
  const response = await fetch(`${edge.url}/demo/main.ts`);
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(await response.text()).toBe('import { a } from "./a.ts";\nexport const b         = a          ;\n');
});

test("[ED20] prints no warning of Node about the TypeScript in the pages, and holds back no other", async () => {
  const stripTypesFile = join(import.meta.dirname, "..", "..", "..", "transport", "edge", "strip_types.ts");
  const program = `
    const { stripTypes } = await import(${JSON.stringify(stripTypesFile)});
    process.stdout.write(stripTypes("let a: number"));
    process.emitWarning("another one");`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  expect(stdout).toBe("let a        ");
  expect(stderr).toContain("another one");
  expect(stderr).not.toContain("xperimental");
});

test("[ED20] serves the demo from wherever the node was started", async () => {
  const before = process.cwd();
  process.chdir("/");
  try {
    const { edge } = await openEdge({ pagesFolder: demoFolder });
    expect(await (await fetch(`${edge.url}/check`)).text()).toContain("<title>Connection check");
  } finally {
    process.chdir(before);
  }
});

test("[ED27] serves the SDK as one module, to pages of other origins too", async () => {
  const { edge } = await openEdge({ pagesFolder });
  const response = await fetch(`${edge.url}/client.js`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(await response.text()).toMatch(/export ?\{.*\bas joinRoom\b/);
  expect((await fetch(edge.url)).headers.get("access-control-allow-origin")).toBeNull();
});

test("[ED20] names the page that cannot be prepared", () => {
  expect(() => readStaticPages(folderWith({ "index.html": "", "bad.ts": "const = 1;" }))).toThrow(
    /^Cannot prepare the page .*bad\.ts: /,
  );
  expect(() => readStaticPages(folderWith({}))).toThrow(/^Cannot prepare the pages: .* has no index\.html$/);
  expect(() => stripTypes("enum A { B }")).toThrow(/enum/);
});

test("[ED21] answers 304 to a browser that has the page already, and HEAD with the headers alone", async () => {
  const { edge } = await openEdge({ pagesFolder });
  const url = `${edge.url}/demo/main.ts`;
  const first = await fetch(url);
  const etag = first.headers.get("etag") ?? "";
  const body = await first.text();
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  expect(first.headers.get("cache-control")).toBe("no-cache");
  for (const tag of [etag, `"x", W/${etag}`, "*"]) {
    const again = await fetch(url, { headers: { "if-none-match": tag } });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
  }
  expect((await fetch(url, { headers: { "if-none-match": '"old"' } })).status).toBe(200);
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("etag")]).toEqual([200, etag]);
  expect([head.headers.get("content-length"), await head.text()]).toEqual([`${body.length}`, ""]);
});

test("[ED22] sends a strict content security policy, nosniff and no referrer with every answer", async () => {
  const { edge } = await openEdge({ pagesFolder });
  for (const path of ["/", "/demo/main.ts", "/healthz", "/nowhere", "/ws"]) {
    const { headers } = await fetch(`${edge.url}${path}`);
    const policy = headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(expect.arrayContaining(["default-src 'self'", "connect-src 'self' ws: wss:"]));
    expect(policy?.join()).not.toContain("unsafe");
    expect([headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
  }
});

test("[ED23] says that it lives, and whether it is ready", async () => {
  let readiness: Readiness = { status: "starting" };
  const { edge } = await openEdge({ readiness: () => readiness });
  const ask = async (path: string) => {
    const response = await fetch(`${edge.url}${path}`);
    return [response.status, await response.json()];
  };
  expect(await ask("/readyz")).toEqual([503, { status: "starting" }]);
  readiness = { status: "ready" };
  expect(await ask("/readyz")).toEqual([200, { status: "ready" }]);
  readiness = { status: "cut-off", reason: "bus reconnecting" };
  expect(await ask("/readyz")).toEqual([503, { status: "cut-off", reason: "bus reconnecting" }]);
  readiness = { status: "draining" };
  expect(await ask("/readyz")).toEqual([503, { status: "draining" }]);
  expect(await ask("/healthz")).toEqual([200, { status: "ok" }]);
});

test("[ED23] answers 500 and reports it when it cannot find out whether it is ready", async () => {
  const readiness = () => {
    throw new Error("boom");
  };
  const { edge, faults } = await openEdge({ readiness });
  const response = await fetch(`${edge.url}/readyz`);
  expect([response.status, await response.json()]).toMatchObject([500, { error: { code: "internal-error" } }]);
  expect(await faults.next()).toMatchObject({ error: { message: "boom" }, doing: "GET /readyz was answered" });
});

test("[ED24] answers an unknown path with 404 and a wrong method with 405, saying what there is", async () => {
  const { edge } = await openEdge();
  for (const method of ["GET", "POST", "DELETE"]) {
    const response = await fetch(`${edge.url}/nowhere?a=b`, { method });
    expect(response.status).toBe(404);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("not-found");
    expect(error.message).toMatch(/^Cannot find \/nowhere: this server has GET \/, .*\/healthz.*\/ws and \/inspect$/);
  }
  for (const path of ["/", "/ws", "/healthz", "/readyz", "/demo/index.html"]) {
    const response = await fetch(`${edge.url}${path}`, { method: "POST", body: "x".repeat(100_000) });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(await response.json()).toMatchObject({ error: { code: "method-not-allowed" } });
  }
});

test("[ED24] answers /ws without a handshake, and one of another version, with 426", async () => {
  const { edge, told } = await openEdge();
  const response = await fetch(`${edge.url}/ws`);
  expect([response.status, response.headers.get("sec-websocket-version")]).toEqual([426, "13"]);
  expect(await response.json()).toEqual({
    error: {
      code: "upgrade-required",
      message: 'Cannot answer GET /ws: it speaks WebSocket version 13 only; connect with new WebSocket("ws://.../ws")',
    },
  });
  for (const changed of [{ "sec-websocket-version": "8" }, { upgrade: "h2c" }, { "sec-websocket-key": "short" }]) {
    const socket = await openTcp(edge.url);
    socket.write(handshake(changed));
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
  }
  expect(told.seen).toEqual([]);
});

test("[ED25] serves nothing but the pages: no file beside the folder, and none that is hidden", async () => {
  const { edge } = await openEdge({ pagesFolder });
  const paths = ["/demo/.secret", "/demo/", "/demo/../package.json", "/demo/%2e%2e/package.json", "/demo//etc/passwd"];
  for (const path of paths) {
    const socket = await openTcp(edge.url);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  }
});
