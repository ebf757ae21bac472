import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "../../../config.ts";
import type { NatsSighting } from "../../../transport/bus/nats_probe.ts";
import { judgeNats } from "../../../transport/doctor/nats_checks.ts";
import { judgeUdpPorts } from "../../../transport/doctor/port_checks.ts";
import { checkNodeVersion, checkOpenFiles } from "../../../transport/doctor/program_checks.ts";
import { checkAccess, checkSecrets, judgeExpiry } from "../../../transport/doctor/setting_checks.ts";
import { scanUdpPorts } from "../../../transport/doctor/udp_scan.ts";

const has = (text: string) => expect.stringContaining(text);

test("[DOC6] each port of a range is tried on each address, of a large range a thousand, its ends included", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const { port } = socket.address();
  const range = { min: Math.min(port, 65_534), max: Math.min(port, 65_534) + 1 };
  expect((await scanUdpPorts(range, ["127.0.0.2", "127.0.0.1"])).taken).toContain(port);
  expect((await scanUdpPorts(range, ["127.0.0.2"])).taken).not.toContain(port);
  const { free, taken } = await scanUdpPorts({ min: 2_000, max: 64_000 }, ["127.0.0.3"]);
  const tried = [...free, ...taken].toSorted((a, b) => a - b);
  expect([tried.length, tried[0], tried.at(-1)]).toEqual([1_000, 2_000, 64_000]);
});

test("[DOC6] ports that a running node holds are no fault, some that others hold deserve a warning, and all of them fail", () => {
  const owners = new Map([
    [50_000, [{ pid: 7, program: "node" }]],
    [50_001, [{ pid: 9, program: "ntpd" }]],
  ]);
  const judge = (taken: readonly number[], nodePids: readonly number[] = []) => {
    const free = [50_000, 50_001, 50_002].filter((port) => !taken.includes(port));
    return judgeUdpPorts({
      range: { min: 50_000, max: 50_002 },
      scan: { free, taken, reason: "" },
      owners,
      addresses: 2,
      nodePids,
    });
  };
  expect(judge([])).toMatchObject({
    verdict: "passed",
    saw: has("enough for 1 peer connection at once on 2 addresses"),
  });
  expect(judge([50_000], [7])).toMatchObject({ verdict: "passed", saw: has("1 of them held by the node") });
  expect(judge([50_000, 50_001], [7])).toMatchObject({
    verdict: "warning",
    saw: has("50001 by ntpd (pid 9)"),
    facts: { taken: [50_001] },
  });
  expect(judge([50_000, 50_001, 50_002])).toMatchObject({ verdict: "failed", advice: has("No peer connection") });
  // One port is for all.
  const shared = { range: { min: 50_000, max: 50_000 }, owners, addresses: 2, nodePids: [] };
  expect(judgeUdpPorts({ ...shared, scan: { free: [50_000], taken: [], reason: "" } })).toMatchObject({
    verdict: "passed",
    saw: "port 50000 can be had: it is shared by all peer connections, on 2 addresses",
  });
  expect(judgeUdpPorts({ ...shared, scan: { free: [], taken: [50_000], reason: "" } })).toMatchObject({
    verdict: "failed",
    saw: "port 50000 is taken by node (pid 7)",
    advice: has("The node does not start (exit code 78)."),
  });
});

test("[DOC17] a NATS server fails that forbids subjects, carries nothing or takes too little; a node of the same name is told", () => {
  const config = readConfig({ argv: ["--node-id", "north"], env: {}, cwd: "/nonexistent" });
  const seen: NatsSighting = {
    connectMs: 4,
    version: "2.10.0",
    serverName: "n1",
    cluster: "eu",
    isTls: true,
    maxPayloadBytes: 1_048_576,
    refused: [],
    roundTripMs: 0.4,
    nodes: [{ node: "south", state: "ready", sessions: 3 }],
  };
  const judge = (change: Partial<NatsSighting>) => judgeNats({ ...seen, ...change }, config);
  expect(judge({})).toMatchObject({
    verdict: "passed",
    saw: "nats-server 2.10.0 of cluster eu with TLS, connected in 4 ms, round trip 0.4 ms, messages to 1,048,576 bytes, 1 node seen: south",
  });
  expect(judge({ refused: ["publish a.b"] })).toMatchObject({
    verdict: "failed",
    saw: "we may not publish a.b",
    advice: has("signalbox.>"),
  });
  expect(judge({ roundTripMs: undefined }).verdict).toBe("failed");
  expect(judge({ maxPayloadBytes: 65_536 })).toMatchObject({ verdict: "failed", advice: has("max_payload") });
  expect(judge({ nodes: [{ node: "north", state: "ready", sessions: 0 }] })).toMatchObject({
    verdict: "warning",
    advice: has("(north)"),
  });
});

test("[DOC18] what operators forget is told: tokens, secrets on the command line, one password for everybody", () => {
  const open = { isOpen: true, host: "0.0.0.0" };
  expect(checkAccess({ isOpen: false, host: "127.0.0.1" }).verdict).toBe("passed");
  expect(checkAccess({ ...open, adminToken: "a", secret: "b" }).verdict).toBe("passed");
  expect(checkAccess({ ...open, secret: "b" })).toMatchObject({ verdict: "warning", saw: has("no admin token") });
  expect(checkAccess({ ...open, adminToken: "a" })).toMatchObject({ verdict: "warning", saw: has("no secret") });
  const fixed = { urls: "turn:a", username: "u", credential: "hunter2" };
  const secrets = (argv: readonly string[], iceServers: Parameters<typeof checkSecrets>[0]["iceServers"] = []) =>
    checkSecrets({ iceServers }, argv);
  expect(secrets(["--port", "80"]).verdict).toBe("passed");
  for (const argv of [
    ["--secret", "hunter2"],
    ["--nats-password=hunter2"],
    ["--nats", "nats://ada:hunter2@n"],
    ["--ice-servers", JSON.stringify([fixed])],
  ]) {
    const { verdict, saw } = secrets(argv);
    expect([verdict, saw.includes("hunter2"), saw.includes("on the command line")]).toEqual(["warning", false, true]);
  }
  expect(
    secrets(["--ice-servers", '[{"source":"turn-rest","secrets":["$TURN_SECRET"]}]', "--nats", "nats://n"]).verdict,
  ).toBe("passed");
  expect(secrets([], [fixed])).toMatchObject({ verdict: "warning", saw: has("one password for everybody") });
});

test("[DOC19] a certificate that has expired fails, and one that expires within 14 days deserves a warning", () => {
  const dayMs = 86_400_000;
  const judge = (daysLeft: number) => judgeExpiry({ what: "it", expiresAtMs: (daysLeft + 0.5) * dayMs, nowMs: 0 });
  expect([judge(-1), judge(0), judge(13), judge(14)].map(({ verdict }) => verdict)).toEqual([
    "failed",
    "warning",
    "warning",
    "passed",
  ]);
  expect(judge(20).saw).toBe("it is good for 20 more days, until 1970-01-21");
});

test("[DOC20] another Node than that of the native parts fails, and too few open files deserve a warning", () => {
  expect(
    ["22.18.0", "22.99.1", "22.17.0", "24.1.0", "20.20.0"].map((version) => checkNodeVersion(version).verdict),
  ).toEqual(["passed", "passed", "failed", "failed", "failed"]);
  expect(checkOpenFiles(1_024, { clients: 10_000, each: 2 })).toMatchObject({
    verdict: "warning",
    saw: "1,024 files are enough for 448 clients, and --max-sessions lets 10,000 in",
    advice: has("LimitNOFILE=20128"),
  });
  expect(checkOpenFiles(20_128, { clients: 10_000, each: 2 }).verdict).toBe("passed");
  expect(checkOpenFiles(undefined, { clients: 1, each: 2 }).verdict).toBe("skipped");
});
