import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createSubjects } from "../../../protocol/subjects.ts";
import { codeOfRejection } from "../../kit/code_of_rejection.ts";
import { findFreePort, startNatsServer } from "../../kit/nats_server.ts";
import { openNatsBus, untilLink } from "./open_nats_bus.ts";

const file = new URL("../../../nats.conf", import.meta.url).pathname;
const env = { SIGNALBOX_NATS_PASSWORD: "node-password", NATS_ADMIN_PASSWORD: "admin-password" };
const login = { kind: "user", user: "signalbox", password: env.SIGNALBOX_NATS_PASSWORD } as const;
const { inboxPrefix, room } = createSubjects("signalbox");
const payload = new TextEncoder().encode("1");

/** nats.conf with ports of a test; the port of clients is given by flag. */
async function confForTest(text: string): Promise<string> {
  return text
    .replace('"0.0.0.0:4222"', '"127.0.0.1:4222"')
    .replace('"127.0.0.1:8222"', `"127.0.0.1:${await findFreePort()}"`);
}

async function start(config: string, moreEnv = {}) {
  const server = await startNatsServer({ config, env: { ...env, ...moreEnv } });
  onTestFinished(() => server.kill());
  return server;
}

test("[BU40] nats.conf is valid as it stands, and demands its passwords", () => {
  expect(() =>
    execFileSync("nats-server", ["-c", file, "-t"], { env: { ...process.env, ...env }, stdio: "pipe" }),
  ).not.toThrow();
  expect(() =>
    execFileSync("nats-server", ["-c", file, "-t"], { env: { PATH: process.env.PATH }, stdio: "pipe" }),
  ).toThrow(/NATS_PASSWORD/);
});

test("[BU40] with nats.conf nodes reach each other by our subjects and by no other, and nobody else gets in", async () => {
  const { url } = await start(await confForTest(readFileSync(file, "utf8")));
  const { bus: a, lines } = openNatsBus(url, { login, inboxPrefix });
  const { bus: b } = openNatsBus(url, { login, inboxPrefix });
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  b.subscribe(room("große Halle", "ask"), (bytes, _subject, reply) => b.respond(reply, bytes));
  await b.flush();
  const answer = await a.request(room("große Halle", "ask"), payload, { timeoutMs: 10_000 });
  expect(Array.from(answer)).toEqual(Array.from(payload));

  for (const subject of ["other.room.x.events", "_INBOX.other.1", "$SYS.REQ.SERVER.PING"]) {
    a.publish(subject, payload);
    const told = await lines.next(({ event }) => event.startsWith("bus refused"));
    expect(told).toMatchObject({ level: "error", fields: { operation: "publish", subject } });
  }
  for (const pattern of [">", "other.>", "_INBOX.>", "$SYS.>"]) {
    a.subscribe(pattern, () => expect.unreachable());
    const told = await lines.next(({ event }) => event.startsWith("bus refused"));
    expect(told).toMatchObject({ level: "error", fields: { operation: "subscription", subject: pattern } });
  }
  expect(a.link.state).toBe("connected");

  for (const wrong of [undefined, { ...login, password: "guessed" }, { kind: "token", token: "guessed" } as const]) {
    const { bus } = openNatsBus(url, { ...(wrong === undefined ? {} : { login: wrong }), inboxPrefix });
    await expect
      .poll(() => bus.link.reason, { timeout: 10_000 })
      .toMatch(/: it (does not accept our|wants other) credentials/);
  }
});

test("[BU40] with its commented block nats.conf has JetStream, which the nodes' user may not use", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-nats-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const text = await confForTest(readFileSync(file, "utf8"));
  const block = /#:jetstream \{[\s\S]*?#:\}/.exec(text)?.[0] ?? expect.unreachable("there is a block");
  const taken = block.replaceAll("#:", "").replace('"/var/lib/nats"', JSON.stringify(folder));
  const { url } = await start(text.replace(block, taken));
  const { bus, lines } = openNatsBus(url, { login, inboxPrefix });
  await untilLink(bus, "connected");
  for (const subject of ["$JS.API.INFO", "$JS.API.STREAM.CREATE.KV_signalbox", "$KV.signalbox.x"]) {
    bus.publish(subject, payload);
    const told = await lines.next(({ event }) => event.startsWith("bus refused"));
    expect(told).toMatchObject({ fields: { operation: "publish", subject } });
  }
});

test("[BU40] with its commented part nats.conf makes a cluster of three, whose other servers a node finds", async () => {
  const text = readFileSync(file, "utf8");
  const part = text.slice(text.indexOf("#:server_name"));
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()];
  const servers = await Promise.all(
    ports.map(async (port, index) => {
      const cluster = part
        .replaceAll("#:", "")
        .replace('"0.0.0.0:6222"', `"127.0.0.1:${port}"`)
        .replaceAll(/nats-([123]):6222/g, (_, number) => `127.0.0.1:${ports[Number(number) - 1]}`);
      return start(`${await confForTest(text.replace(part, ""))}\n${cluster}`, {
        NATS_SERVER_NAME: `nats-${index + 1}`,
      });
    }),
  );
  const [first, second, third] = servers;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three were started");
  const { bus: a } = openNatsBus(first.url, { login, inboxPrefix });
  const { bus: b } = openNatsBus(third.url, { login, inboxPrefix });
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  b.subscribe("signalbox.node.b.ask", (bytes, _subject, reply) => b.respond(reply, bytes));
  const isAnswered = async () =>
    (await codeOfRejection(a.request("signalbox.node.b.ask", payload, { timeoutMs: 1_000 }))) === "nothing";
  await expect.poll(isAnswered, { timeout: 15_000 }).toBe(true);
  // It was told of the first one only.
  await first.kill();
  await expect.poll(isAnswered, { timeout: 15_000 }).toBe(true);
}, 60_000);
