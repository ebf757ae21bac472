import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../kit/free_port.ts";
import { findFreePort, startNatsServer } from "../kit/nats_server.ts";
import { askDoctor, runDoctor } from "../kit/run_doctor.ts";
import { startNode } from "../kit/start_node.ts";
import { startStunResponder } from "../kit/stun_responder.ts";

const secret = "0123456789012345678901234567890123456789";
const cluster = ["--auth", "open", "--host", "127.0.0.1"];

async function takeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0);
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

test("[DOC1] settings are those of the node: wrong ones end with 78 and its own line, --help lists them with those of the doctor", async () => {
  const [wrong, unknown, help, fromEnv] = await Promise.all([
    runDoctor(["--udp-ports", "9-1"]),
    runDoctor(["--jason"]),
    runDoctor(["--help"]),
    runDoctor(["--json"], { SIGNALBOX_ANNOUNCE_IP: "203.0.113.7" }),
  ]);
  expect([wrong.exitCode, wrong.stdout, wrong.stderr]).toEqual([
    78,
    "",
    'doctor: Cannot use --udp-ports "9-1": expected a port from 1 to 65535, as 50000, or two, the smaller first, as 50000-50999\n',
  ]);
  expect(unknown.exitCode).toBe(78);
  expect(help.exitCode).toBe(0);
  for (const flag of ["--json", "--no-color", "--udp-ports", "--nats-password"])
    expect(help.stdout).toContain(`  ${flag}`);
  expect(fromEnv.stdout).toContain("203.0.113.7 (public, announced)");
});

test("[DOC4] the report ends with what it all comes to; with --json it is one object, and what failed makes the exit code 1", async () => {
  const nobody = await freePort();
  const stun = JSON.stringify([{ urls: `stun:127.0.0.1:${nobody}` }]);
  const [well, ill, told] = await Promise.all([
    runDoctor([]),
    runDoctor(["--ice-servers", stun]),
    runDoctor(["--json", "--ice-servers", stun]),
  ]);
  expect(well.exitCode).toBe(0);
  expect(well.stdout).toMatch(/\n\d+ passed, .*: ready.*\n$/);
  expect(ill.exitCode).toBe(1);
  expect(ill.stdout).toMatch(/1 failed, .*: not ready: mend STUN\n$/);
  // Not a terminal: no colors, and nothing that is written over.
  expect(ill.stdout).not.toContain("\u001b");
  expect(ill.stdout).not.toContain("\r");
  expect(told.exitCode).toBe(1);
  const { format, isReady, counts, checks } = JSON.parse(told.stdout);
  expect([format, isReady, counts.failed]).toEqual(["signalbox-doctor/1", false, 1]);
  expect(checks.length).toBe(counts.passed + counts.warning + counts.failed + counts.skipped);
  for (const { verdict, advice } of checks) {
    if (verdict === "failed" || verdict === "warning") expect(advice).toMatch(/\w{3}/);
  }
});

test("[DOC5, DOC6] a port that another program has is told with that program; those of a node that runs already are no fault", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  const taken = await takeUdpPort();
  const node = await startNode({ flags: [] });
  onTestFinished(async () => void (await node.stop()));
  const strange = await askDoctor(["--port", `${port}`, "--udp-ports", `${taken}-${Math.min(taken + 3, 65_535)}`]);
  const beside = await askDoctor(["--port", new URL(node.url).port]);
  const us = `by node (pid ${process.pid})`;
  expect(strange.of("ports", "HTTP port")).toMatchObject({ verdict: "failed", saw: expect.stringContaining(us) });
  expect(strange.of("ports", "UDP ports")).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining(`${taken} ${us}`),
    facts: { taken: expect.arrayContaining([taken]) },
  });
  expect(strange.exitCode).toBe(1);
  expect(beside.of("ports", "HTTP port")).toMatchObject({
    verdict: "skipped",
    saw: expect.stringContaining(`a Signalbox node (ready, pid ${node.pid}) listens on`),
  });
  expect(beside.exitCode).toBe(0);
});

test("[DOC23] the TCP port for media is tried as a node would: one that was asked for and is taken fails, another one is a warning", async () => {
  const server = createServer().listen(0, "0.0.0.0");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  const name = "TCP port for media";
  const [asked, derived, off, none] = await Promise.all([
    askDoctor(["--tcp-ports", `${port}`]),
    askDoctor(["--udp-ports", `${port}`]),
    askDoctor(["--tcp-ports", "off"]),
    askDoctor([]),
  ]);
  const by = `port ${port} is in use by node (pid ${process.pid})`;
  expect(asked.of("ports", name)).toMatchObject({
    verdict: "failed",
    saw: expect.stringContaining(by),
    advice: expect.stringContaining("--tcp-ports off"),
  });
  expect(derived.of("ports", name)).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("a node starts without it"),
  });
  expect(off.of("ports", name)).toMatchObject({ verdict: "skipped" });
  expect(none.of("ports", name)).toMatchObject({ verdict: "skipped" });
});

test("[DOC25] that nobody tried from outside whether TCP gets in is said, and how to try, where others may connect", async () => {
  const port = await freePort();
  const settings = ["--tcp-ports", `${port}`];
  const [open, closed] = await Promise.all([askDoctor([...settings, "--auth", "open"]), askDoctor(settings)]);
  const name = "TCP port for media";
  const untried = "whether firewalls let TCP to it in was not tried: open /check of the running node from outside";
  expect(open.of("ports", name)).toMatchObject({ verdict: "passed", saw: expect.stringContaining(untried) });
  expect(closed.of("ports", name)).toMatchObject({ verdict: "passed", saw: expect.not.stringContaining("firewall") });
});

test("[DOC8, DOC9, DOC10] an announced address that STUN does not see us at fails, and a symmetric NAT is told", async () => {
  const asSeen = (port: (local: number) => number) =>
    startStunResponder((from) => ({ address: "198.51.100.9", port: port(from.port) }));
  const [kept, moved] = [await asSeen((port) => port), await asSeen((port) => (port === 65_535 ? 1_024 : port + 1))];
  const ice = JSON.stringify([{ urls: [`stun:127.0.0.1:${kept}`, `stun:127.0.0.1:${moved}`] }]);
  const [wrong, right] = await Promise.all([
    askDoctor(["--announce-ip", "203.0.113.7", "--ice-servers", ice]),
    askDoctor(["--announce-ip", "198.51.100.9", "--ice-servers", ice]),
  ]);
  expect(wrong.exitCode).toBe(1);
  expect(wrong.of("address", "announced")).toMatchObject({
    verdict: "failed",
    saw: "203.0.113.7 is announced, and STUN sees us at 198.51.100.9",
    advice: expect.stringContaining("--announce-ip 198.51.100.9"),
  });
  expect(wrong.of("address", "NAT")).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("symmetric: port"),
  });
  expect(wrong.of("STUN", `stun:127.0.0.1:${kept}`)).toMatchObject({
    verdict: "passed",
    facts: { mappedIPv4: "198.51.100.9", roundTripIPv4Ms: expect.any(Number) },
  });
  expect(right.of("address", "announced")).toMatchObject({ verdict: "passed" });
});

const permissions =
  'publish: ["signalbox.node.>", "_INBOX.signalbox.>"], subscribe: ["signalbox.>", "_INBOX.signalbox.>"]';

test("[DOC17, DOC22] NATS is asked with the node's credentials, every kind of subject is tried, and other nodes are seen", async () => {
  const users = `{ user: ada, password: right }, { user: bob, password: right, permissions { ${permissions} } }`;
  const server = await startNatsServer({ config: `authorization { users: [${users}] }` });
  onTestFinished(() => server.kill());
  const nats = (user: string, password: string) => {
    const place = [...cluster, "--nats", server.url];
    const env = { SIGNALBOX_SECRET: secret, SIGNALBOX_NATS_USER: user, SIGNALBOX_NATS_PASSWORD: password };
    return { place, env };
  };
  const { place, env } = nats("ada", "right");
  const node = await startNode({ flags: [...place, "--node-id", "north"], env });
  onTestFinished(async () => void (await node.stop()));
  const nobody = await findFreePort();
  const [well, wrong, narrow, away] = await Promise.all([
    askDoctor(place, env),
    askDoctor(place, nats("ada", "a-wrong-password").env),
    askDoctor(place, nats("bob", "right").env),
    askDoctor([...cluster, "--nats", `nats://127.0.0.1:${nobody}`], { SIGNALBOX_SECRET: secret }),
  ]);
  const name = `127.0.0.1:${server.port}`;
  expect(well.of("NATS", name)).toMatchObject({
    verdict: "passed",
    facts: { nodes: ["north"], refused: [], maxPayloadBytes: 1_048_576, roundTripMs: expect.any(Number) },
  });
  expect(wrong.of("NATS", name)).toMatchObject({ verdict: "failed", saw: "it does not accept our credentials" });
  expect(wrong.stdout).not.toContain("a-wrong-password");
  expect(narrow.of("NATS", name)).toMatchObject({
    verdict: "failed",
    saw: expect.stringContaining("we may not publish signalbox."),
  });
  expect(narrow.of("NATS", name)?.facts?.["refused"]).toContain("publish signalbox.cluster.nodes");
  expect(narrow.of("NATS", name)?.facts?.["refused"]).not.toContain("publish signalbox.node.*.doctor");
  expect(away.of("NATS", `127.0.0.1:${nobody}`)).toMatchObject({ verdict: "failed", saw: "connection refused" });
  expect([well.exitCode, wrong.exitCode, narrow.exitCode, away.exitCode]).toEqual([0, 1, 1, 1]);
  // The doctor was no node to the other one.
  expect(node.log.transcript()).not.toContain("node seen");
});
