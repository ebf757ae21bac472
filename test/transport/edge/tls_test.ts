import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { Edge } from "../../../transport/edge/edge.ts";
import { limits } from "./default_limits.ts";
import { folderWith } from "./folder_with.ts";
import { openEdge } from "./open_edge.ts";
import { handshake, RawClient } from "./raw_client.ts";

const folder = folderWith({ "index.html": "", "empty.pem": "" });
const keyFile = join(folder, "key.pem");
const certFile = join(folder, "cert.pem");
const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
const ecKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
execFileSync("openssl", ["req", "-x509", ...ecKey, "-days", "2", "-keyout", keyFile, "-out", certFile, ...subject], {
  stdio: "ignore",
});

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const { privateKey: otherKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pem = { type: "pkcs8", format: "pem" } as const;

function refusal(files: { keyFile?: string; certFile?: string }): Promise<unknown> {
  return Edge.listen({
    host: "127.0.0.1",
    port: 0,
    tls: { keyFile, certFile, ...files },
    listener: { socketOpened() {}, messageReceived() {}, socketClosed() {} },
    readiness: () => ({ status: "ready" }),
    limits,
    pagesFolder: folder,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("[ED17] speaks HTTPS and WebSocket over TLS with a certificate and its key", async () => {
  const { edge, next } = await openEdge({ tls: { keyFile, certFile } });
  expect(edge.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const ca = execFileSync("cat", [certFile]);
  const asking = request(`${edge.url}/healthz`, { ca, agent: false }).end();
  const [response] = await once(asking, "response");
  expect([response.statusCode, JSON.parse(await text(response))]).toEqual([200, { status: "ok" }]);

  const socket = connect({ host: "127.0.0.1", port: Number(new URL(edge.url).port), ca });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, "secureConnect");
  socket.write(handshake());
  await once(socket, "data");
  const client = new RawClient(socket);
  client.send('{"type":"bye"}');
  const received = await next("received");
  expect(received.message).toEqual({ type: "bye" });
  received.socket.send({ type: "bye", reason: "x".repeat(200_000) });
  received.socket.close(4000, "enough");
  expect(await client.closeCode()).toBe(4000);
  expect(client.frames()[0]?.payload.length).toBeGreaterThan(200_000);
});

test("[ED17] names the file that is missing, unreadable or a folder", async () => {
  const gone = join(folder, "gone.pem");
  expect(await refusal({ certFile: gone })).toMatchObject({
    name: "SignalboxError",
    code: "bad-config",
    message: `Cannot use --tls-cert ${gone}: there is no such file`,
  });
  expect(await refusal({ keyFile: gone })).toMatchObject({
    message: `Cannot use --tls-key ${gone}: there is no such file`,
  });
  expect(await refusal({ keyFile: folder })).toMatchObject({
    message: `Cannot use --tls-key ${folder}: it is a folder`,
  });
  const closed = write("closed.pem", "");
  chmodSync(closed, 0);
  // Root may read everything: there the empty file is no key.
  const why = process.getuid?.() === 0 ? "it holds no PEM private key" : "this user may not read it";
  expect(await refusal({ keyFile: closed })).toMatchObject({ message: `Cannot use --tls-key ${closed}: ${why}` });
});

test("[ED17] says what is wrong with a certificate or a key that cannot be used", async () => {
  const empty = join(folder, "empty.pem");
  const encrypted = write(
    "encrypted.pem",
    otherKey.export({ ...pem, cipher: "aes-256-cbc", passphrase: "secret" }) as string,
  );
  const other = write("other.pem", otherKey.export(pem) as string);
  const brokenCert = write("broken_cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const brokenKey = write("broken_key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  const messages: [{ keyFile?: string; certFile?: string }, string | RegExp][] = [
    [{ certFile: empty }, `Cannot use --tls-cert ${empty}: it holds no PEM certificate`],
    [{ certFile: keyFile }, `Cannot use --tls-cert ${keyFile}: it holds no PEM certificate`],
    [{ certFile: brokenCert }, /^Cannot use --tls-cert .*broken_cert\.pem: its certificate cannot be read: /],
    [{ keyFile: empty }, `Cannot use --tls-key ${empty}: it holds no PEM private key`],
    [{ keyFile: brokenKey }, /^Cannot use --tls-key .*broken_key\.pem: it cannot be read: /],
    [{ keyFile: encrypted }, `Cannot use --tls-key ${encrypted}: it needs a passphrase; give a key without one`],
    [{ keyFile: other }, `Cannot use --tls-cert ${certFile}: it does not belong to the key ${other}`],
  ];
  for (const [files, expected] of messages) {
    const error = await refusal(files);
    expect(error).toMatchObject({ code: "bad-config" });
    if (typeof expected === "string") expect((error as Error).message).toBe(expected);
    else expect((error as Error).message).toMatch(expected);
  }
});
