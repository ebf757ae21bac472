import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../config.ts";
import { clockChecks } from "../../transport/doctor/clock_checks.ts";
import { runChecks } from "../../transport/doctor/run_checks.ts";
import { startCoturnServer } from "../kit/coturn_server.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free_port.ts";
import { askDoctor } from "../kit/run_doctor.ts";
import { createTestAuthority } from "../kit/test_certificates.ts";
import { startProvider } from "../transport/ice/start_provider.ts";

const authority = createTestAuthority();
const secret = "a-secret-of-the-north";
const credential = "a-password-of-ada";

test("[DOC11, DOC13, DOC15, DOC22] each URL of a TURN server is allocated on, sent through, refreshed and released, over UDP, TCP and TLS, and its relay reaches the node", async () => {
  const flags = ["--use-auth-secret", `--static-auth-secret=${secret}`, "--allow-loopback-peers"];
  const coturn = await startCoturnServer({ flags, tls: authority.issue("DNS:localhost", 60) });
  const [udp, tcp] = [`turn:127.0.0.1:${coturn.port}`, `turn:127.0.0.1:${coturn.port}?transport=tcp`];
  const tls = `turns:localhost:${coturn.tlsPort}`;
  const sources = [{ source: "turn-rest", urls: [udp, tcp, tls], secrets: ["$TURN_SECRET"] }];
  const settings = ["--announce-ip", "127.0.0.1", "--ice-servers", JSON.stringify(sources)];
  const env = { TURN_SECRET: secret, NODE_EXTRA_CA_CERTS: authority.caFile };
  const { exitCode, of, stdout, checks } = await askDoctor(settings, env);
  expect(checks.filter(({ verdict }) => verdict === "failed")).toEqual([]);
  expect(exitCode).toBe(0);
  for (const url of [udp, tcp, tls]) {
    const check = of("TURN", url);
    expect(check).toMatchObject({ verdict: "passed", facts: { relayed: "127.0.0.1", throughMs: expect.any(Number) } });
    expect(check?.saw).toMatch(/data between two relays in .*, refreshed and released/);
  }
  expect(of("TURN", tls)).toMatchObject({ saw: expect.stringContaining("certificate good for 59 days") });
  expect(of("outside", "127.0.0.1")).toMatchObject({ verdict: "passed", facts: { closed: [], isSameMachine: true } });
  expect(of("clock", "TURN server [0]")).toMatchObject({ verdict: "passed" });
  // Nothing is left behind: as many allocations ended as were made.
  const sessions = (pattern: RegExp) => coturn.log.seen.flatMap((line) => pattern.exec(line)?.[1] ?? []).toSorted();
  const made = sessions(/session (\d+): new, /);
  expect(made.length).toBeGreaterThan(6);
  const ended = () => sessions(/session (\d+): refreshed, .*lifetime=0(?:,|$)/);
  await eventually(() => ended().length === made.length, {
    what: "the end of each",
    describe: () => coturn.log.transcript(),
  });
  expect(ended()).toEqual(made);
  expect(stdout).not.toContain(secret);
});

test("[DOC12, DOC22] what is wrong with a TURN server is told by name, with what to do", async () => {
  const flags = ["-a", "-u", `ada:${credential}`, "--allow-loopback-peers"];
  const coturn = await startCoturnServer({ flags, tls: authority.issue("DNS:elsewhere.example") });
  const shared = await startCoturnServer({ flags: ["--use-auth-secret", `--static-auth-secret=${secret}`] });
  const nobody = await freePort();
  const at = (port: number, rest = "") => `turn:127.0.0.1:${port}${rest}`;
  const login = { username: "ada", credential };
  const servers = [
    { ...login, urls: [at(nobody), at(nobody, "?transport=tcp"), "turn:nobody.invalid"] },
    { ...login, credential: "another-password", urls: at(coturn.port) },
    { ...login, urls: [`turns:localhost:${coturn.tlsPort}`, `turns:127.0.0.1:${shared.port}`] },
    { source: "turn-rest", urls: at(shared.port), secrets: ["a-secret-of-the-south"] },
    // Ended in 2001.
    { urls: at(shared.port, "?transport=tcp"), username: "1000000000:ada", credential: "any" },
  ];
  const settings = ["--ice-servers", JSON.stringify(servers)];
  const { exitCode, of, stdout } = await askDoctor(settings, { NODE_EXTRA_CA_CERTS: authority.caFile });
  expect(exitCode).toBe(1);
  const wrong = (url: string) => {
    const { verdict = "", saw = "", advice = "" } = of("TURN", url) ?? {};
    return [verdict, saw, advice];
  };
  const has = (text: string) => expect.stringContaining(text);
  expect(wrong(at(nobody))).toEqual([
    "failed",
    has(`nothing listens at 127.0.0.1 port ${nobody} (UDP)`),
    has("Start the TURN server"),
  ]);
  expect(wrong(at(nobody, "?transport=tcp"))).toEqual(["failed", has("(TCP)"), has("TCP listener")]);
  expect(wrong("turn:nobody.invalid")).toEqual(["failed", has("does not resolve (ENOTFOUND)"), has("DNS")]);
  expect(wrong(at(coturn.port))).toEqual([
    "failed",
    "it refuses our credentials (401)",
    has("username and credential of [1]"),
  ]);
  expect(wrong(`turns:localhost:${coturn.tlsPort}`)).toEqual([
    "failed",
    "its certificate is for others: for elsewhere.example, not for localhost, signed by test-ca",
    has("Use a name of the certificate"),
  ]);
  expect(wrong(`turns:127.0.0.1:${shared.port}`)).toEqual([
    "failed",
    has("no TLS at 127.0.0.1"),
    has("begins with turn:"),
  ]);
  expect(wrong(at(shared.port))).toEqual([
    "failed",
    "it refuses our credentials (401)",
    has('The first of "secrets" of [3]'),
  ]);
  expect(wrong(at(shared.port, "?transport=tcp"))).toEqual([
    "failed",
    "it refuses our credentials (401)",
    has("of [4]"),
  ]);
  for (const text of [secret, credential, "another-password", "a-secret-of-the-south"])
    expect(stdout).not.toContain(text);
});

test("[DOC12] a certificate that nobody here knows the signer of is told with whom it is of", async () => {
  const coturn = await startCoturnServer({
    flags: ["-a", "-u", `ada:${credential}`],
    tls: authority.issue("DNS:localhost"),
  });
  const url = `turns:localhost:${coturn.tlsPort}`;
  const { of } = await askDoctor(["--ice-servers", JSON.stringify([{ urls: url, username: "ada", credential }])]);
  expect(of("TURN", url)).toMatchObject({
    verdict: "failed",
    saw: "nobody here knows who signed its certificate: for localhost, signed by test-ca",
    advice: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
  });
});

test("[DOC13] a TURN server that forbids its relays to send to the node fails, since clients could not reach it either", async () => {
  const flags = ["-a", "-u", `ada:${credential}`, "--denied-peer-ip=127.0.0.0-127.255.255.255"];
  const coturn = await startCoturnServer({ flags });
  const urls = `turn:127.0.0.1:${coturn.port}`;
  const servers = JSON.stringify([{ urls, username: "ada", credential }]);
  const { exitCode, of } = await askDoctor(["--announce-ip", "127.0.0.1", "--ice-servers", servers]);
  expect(exitCode).toBe(1);
  expect(of("TURN", urls)).toMatchObject({ verdict: "warning", saw: expect.stringContaining("403") });
  expect(of("outside", "127.0.0.1")).toMatchObject({
    verdict: "failed",
    saw: "127.0.0.1 forbids its relays to send to 127.0.0.1 (403)",
    advice: expect.stringContaining("allowed-peer-ip=127.0.0.1"),
  });
});

test("[DOC26] beside a node that has its one port the NAT is tried with any other, and how to try from outside is said", async () => {
  const coturn = await startCoturnServer({ flags: ["-a", "-u", `ada:${credential}`, "--allow-loopback-peers"] });
  const servers = JSON.stringify([{ urls: `turn:127.0.0.1:${coturn.port}`, username: "ada", credential }]);
  const socket = createSocket("udp4").bind(0);
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const { of } = await askDoctor(["--udp-ports", `${socket.address().port}`, "--ice-servers", servers]);
  const nat = of("address", "NAT");
  expect(nat).toMatchObject({ verdict: "passed", saw: expect.stringContaining("none of --udp-ports is free") });
  expect(nat?.facts?.["localPort"]).not.toBe(socket.address().port);
  expect(of("outside", "from outside")).toMatchObject({
    verdict: "skipped",
    saw: expect.stringContaining("stop the node that has them and run this again, or open its /check from outside"),
  });
});

test("[DOC28] a TURN server that forbids its relays to send to the node is a warning where the node has relays that others reach", async () => {
  const address = "198.51.100.9";
  const flags = ["-a", "-u", `ada:${credential}`, "--allow-loopback-peers", `--denied-peer-ip=${address}`];
  const coturn = await startCoturnServer({ flags });
  const servers = JSON.stringify([{ urls: `turn:127.0.0.1:${coturn.port}`, username: "ada", credential }]);
  const settings = ["--announce-ip", address, "--ice-servers", servers];
  const [own, none] = await Promise.all([
    askDoctor([...settings, "--relay-candidates", "on"]),
    askDoctor([...settings, "--relay-candidates", "off"]),
  ]);
  expect(own.of("outside", address)).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("403"),
    advice: expect.stringContaining("a second one, its own"),
  });
  expect(none.of("outside", address)).toMatchObject({ verdict: "failed", saw: expect.stringContaining("403") });
});

test("[DOC14, DOC16, DOC22] a provider that refuses, falls silent or talks nonsense is told by what it did; the others are checked nevertheless", async () => {
  const refusing = await startProvider(() => ({ status: 401, body: { error: "no such key" } }));
  const silent = await startProvider(() => null);
  const talking = await startProvider(() => ({ body: "hello" }));
  const coturn = await startCoturnServer({ flags: ["-a", "-u", `ada:${credential}`, "--allow-loopback-peers"] });
  const urls = `turn:127.0.0.1:${coturn.port}`;
  const good = await startProvider(() => ({ body: [{ urls: [urls], username: "ada", credential }] }));
  const metered = (url: string) => ({ source: "metered", app: "demo", apiKey: "an-api-key-of-a-test", url });
  const sources = [refusing, silent, talking, good].map(({ url }) => metered(url));
  const { exitCode, of, stdout } = await askDoctor(["--ice-servers", JSON.stringify(sources)]);
  expect(exitCode).toBe(1);
  expect(of("sources", "metered [0]")).toMatchObject({
    verdict: "failed",
    saw: expect.stringContaining(`${refusing.host} answered 401, after`),
    advice: expect.stringContaining("It refuses the key"),
  });
  expect(of("sources", "metered [1]")).toMatchObject({
    verdict: "failed",
    saw: expect.stringContaining("did not answer in time"),
  });
  expect(of("sources", "metered [2]")).toMatchObject({ verdict: "failed", saw: expect.stringContaining("no JSON") });
  expect(of("sources", "metered [3]")).toMatchObject({
    verdict: "passed",
    saw: expect.stringContaining("gave 1 URL in"),
  });
  expect(of("TURN", urls)).toMatchObject({ verdict: "passed" });
  expect(of("clock", good.host)).toMatchObject({ verdict: "passed", saw: expect.stringContaining("header Date") });
  for (const text of ["an-api-key-of-a-test", credential]) expect(stdout).not.toContain(text);
});

test("[DOC15] coturn's clock is told from ours when ours is off", async () => {
  const coturn = await startCoturnServer({ flags: ["--use-auth-secret", `--static-auth-secret=${secret}`] });
  const compare = async (offMs: number, ttl: string) => {
    const source = { source: "turn-rest", urls: `turn:127.0.0.1:${coturn.port}`, secrets: [secret], ttl };
    const config = readConfig({ argv: ["--ice-servers", JSON.stringify([source])], env: {}, cwd: "/nonexistent" });
    const checks = clockChecks({ config, now: () => Date.now() + offMs, calm: Promise.resolve() });
    const [result] = await runChecks(checks);
    return [result?.verdict, result?.saw];
  };
  const hourMs = 3_600_000;
  expect(await compare(0, "1h")).toEqual(["passed", expect.stringContaining("as that of 127.0.0.1, within 60 s")]);
  expect(await compare(2 * hourMs, "1h")).toEqual(["warning", expect.stringContaining("1 h to 12 h behind ours")]);
  expect(await compare(-2 * hourMs, "1h")).toEqual(["failed", expect.stringContaining("1 h to 12 h ahead of ours")]);
});
