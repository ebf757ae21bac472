import { expect, test } from "vitest";
import { readConfig } from "../../../config.ts";
import { judgeSource } from "../../../transport/doctor/source_checks.ts";
import { judgeCertificateFault, judgeTurnFailure } from "../../../transport/doctor/turn_advice.ts";
import { judgeNoServers, judgeServer } from "../../../transport/doctor/turn_checks.ts";
import { turnTargets } from "../../../transport/doctor/turn_target.ts";
import { IceFailure, type IceFailureDetails, type IceStep } from "../../../transport/ice/ice_failure.ts";

const servers = [{ urls: ["turn:turn.example.org", "stun:turn.example.org"], username: "ada", credential: "hunter2" }];
const entry = servers[0] ?? { urls: [] };
const [target] = turnTargets([{ entry, name: "static", servers, tookMs: 0 }]);

function judge(step: IceStep, details: IceFailureDetails) {
  if (target === undefined) throw new Error("the server has a TURN URL");
  return judgeTurnFailure(new IceFailure(step, details), target);
}

test("[DOC12] each refusal of RFC 8656 is told with its meaning and with what to do", () => {
  const codes = ["300", "400", "401", "403", "437", "438", "440", "441", "442", "486", "500", "508"];
  const told = codes.map((code) => judge("allocate", { code, reason: "In Its Words" }));
  for (const [index, { verdict, saw, advice }] of told.entries()) {
    expect(verdict).toBe("failed");
    expect(saw).toMatch(new RegExp(`^allocate refused with ${codes[index]} In Its Words: [a-z]+`));
    expect(advice).toMatch(/\w+/);
  }
  expect(new Set(told.map(({ advice }) => advice)).size).toBeGreaterThan(10);
  expect(judge("allocate", { code: "486" }).advice).toContain("user-quota");
  expect(judge("allocate", { code: "508" }).advice).toContain("max-port");
  const alternate = { address: "192.0.2.9", port: 3478 };
  expect(judge("allocate", { code: "300", alternate }).saw).toContain(": 192.0.2.9 port 3478");
  expect(judge("allocate", { code: "401", isAfterCredentials: true }).saw).toBe("it refuses our credentials (401)");
});

test("[DOC12] ways that are closed and certificates that are wrong are told apart", () => {
  const told = [
    judge("resolve", { code: "ENOTFOUND" }),
    judge("connect", { code: "ECONNREFUSED" }),
    judge("connect", { code: "TIMEOUT" }),
    judge("connect", { code: "ENETUNREACH" }),
    judge("allocate", { code: "TIMEOUT" }),
    judge("allocate", { code: "ECONNREFUSED" }),
    judge("allocate", { code: "ECONNRESET" }),
    ...[
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "SELF_SIGNED_CERT_IN_CHAIN",
    ].map((fault) =>
      judgeCertificateFault(fault, { host: "turn.example.org", names: "example.org", issuer: "an authority" }),
    ),
  ];
  expect(new Set(told.map(({ saw }) => saw)).size).toBe(told.length);
  for (const { verdict, advice } of told) expect([verdict, (advice ?? "").length > 20]).toEqual(["failed", true]);
});

test("[DOC11] a server that gives relays through which nothing comes fails; a certificate that ends soon deserves a warning", () => {
  const relayed = { address: "198.51.100.1", port: 49_152 };
  const found = {
    address: "198.51.100.1",
    connectMs: 0,
    allocation: { relayed, software: "coturn", lifetimeS: 600 },
    allocateMs: 43.4,
    trial: { saw: "data between two relays in 12 ms", isBroken: false, isBetween: true, throughMs: 12 },
    kept: undefined,
    daysLeft: undefined,
  };
  expect(judgeServer(found)).toEqual({
    verdict: "passed",
    saw: "relay 198.51.100.1:49152 in 43 ms, data between two relays in 12 ms, refreshed and released (coturn)",
    facts: { server: "198.51.100.1", relayed: "198.51.100.1", connectMs: 0, allocateMs: 43.4, throughMs: 12 },
  });
  const broken = { saw: "but no data comes through", isBroken: true, isBetween: false, advice: "Open the ports." };
  expect(judgeServer({ ...found, trial: broken }).verdict).toBe("failed");
  expect(judgeServer({ ...found, daysLeft: 13 }).verdict).toBe("warning");
  expect(judgeServer({ ...found, daysLeft: 14 }).verdict).toBe("passed");
  expect(judgeServer({ ...found, kept: new IceFailure("refresh", { code: "437" }) }).verdict).toBe("warning");
});

test("[DOC27] without a TURN server it is told who cannot connect: where there is a TCP port for media fewer, on this machine alone nobody", () => {
  const judge = (argv: readonly string[]) => judgeNoServers(readConfig({ argv, env: {}, cwd: "/nonexistent" }));
  const open = ["--auth", "open"];
  const told = [judge(open), judge([...open, "--tcp-ports", "off"]), judge([])];
  for (const { verdict } of told) expect(verdict).toBe("skipped");
  expect(told.map(({ saw }) => saw)).toEqual([
    expect.stringContaining("connect by TCP where they reach the TCP port for media, others cannot"),
    expect.stringContaining("clients that no UDP gets through to cannot connect"),
    expect.stringContaining("only clients on this machine can connect"),
  ]);
});

test("[DOC29] --relay-candidates on without a TURN server deserves a warning", () => {
  const judge = (argv: readonly string[]) => judgeNoServers(readConfig({ argv, env: {}, cwd: "/nonexistent" }));
  expect(judge(["--relay-candidates", "on"])).toMatchObject({
    verdict: "warning",
    advice: expect.stringContaining("--ice-servers"),
  });
  expect(judge(["--relay-candidates", "auto"]).verdict).toBe("skipped");
});

test("[DOC14] what a provider did says what to do", () => {
  const judgeOf = (failure: string) => judgeSource({ entry, name: "metered", servers: [], tookMs: 10, failure }, 0);
  const told = [
    "a answered 401",
    "a answered 404",
    "a answered 429",
    "a answered 503",
    "a cannot be reached (ENOTFOUND)",
    "a did not answer in time",
  ].map(judgeOf);
  expect(new Set(told.map(({ advice }) => advice)).size).toBe(told.length);
  for (const { verdict } of told) expect(verdict).toBe("failed");
  const well = judgeSource({ entry, name: "metered", servers, tookMs: 140, expiresAtMs: 43_200_000 }, 0);
  expect(well).toMatchObject({ verdict: "passed", saw: "gave 2 URLs in 140 ms, credentials good for 12 h" });
});
