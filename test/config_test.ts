import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { answerCommandLine } from "../config/help.ts";
import { envName, flagName } from "../config/setting_names.ts";
import { workerPorts } from "../config/worker_settings.ts";
import { type Config, readConfig, settingGroups } from "../config.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
const emptyFolder = mkdtempSync(join(tmpdir(), "signalbox-config-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(emptyFolder, { recursive: true });
});

function read(line: string | readonly string[] = [], env: Record<string, string> = {}, cwd = emptyFolder): Config {
  return readConfig({ argv: typeof line === "string" ? line.split(" ") : line, env, cwd });
}

function readFile(content: unknown, line: string | readonly string[] = [], env: Record<string, string> = {}): Config {
  writeFileSync(join(folder, "signalbox.json"), typeof content === "string" ? content : JSON.stringify(content));
  return read(line, env, folder);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SignalboxError && error.code === "bad-config") return error.message;
    throw error;
  }
  throw new Error("It was not refused");
}

test("[CF1] a flag wins over the environment, that over the file, and that over the default", () => {
  const file = { port: 1 };
  expect(readFile(file, "--port 3", { SIGNALBOX_PORT: "2" }).port).toBe(3);
  expect(readFile(file, [], { SIGNALBOX_PORT: "2" }).port).toBe(2);
  expect(readFile(file).port).toBe(1);
  expect(read().port).toBe(8080);
});

test("[CF1] --config and SIGNALBOX_CONFIG name another file", () => {
  writeFileSync(join(folder, "other.json"), '{"port":7}');
  expect(read("--config other.json", {}, folder).port).toBe(7);
  expect(read([], { SIGNALBOX_CONFIG: "other.json" }, folder).port).toBe(7);
  expect(refusal(() => read("--config none.json"))).toBe(
    'Cannot use --config "none.json": expected a file that can be read (ENOENT)',
  );
});

test("[CF2] the defaults are complete, listen on loopback and cannot be changed", () => {
  const config = read();
  expect(config).toMatchObject({
    host: "127.0.0.1",
    isOpen: false,
    announceIps: [],
    iceServers: [],
    logLevel: "info",
    limits: { maxFrameBytes: 262_144 },
    timeouts: { answerTimeoutMs: 15_000 },
    warnings: [],
  });
  expect("tls" in config || "udpPorts" in config).toBe(false);
  expect(Object.isFrozen(config) && Object.isFrozen(config.limits) && Object.isFrozen(config.iceServers)).toBe(true);
});

test("[CF2] every default is a value that the setting itself accepts", () => {
  for (const group of Object.values(settingGroups)) {
    for (const [name, setting] of Object.entries(group)) {
      if (typeof setting.default !== "number" && typeof setting.default !== "string") continue;
      const text = setting.placeholder === "time" ? `${setting.default}ms` : String(setting.default);
      expect(setting.read(setting.parseText(text)), name).toBe(setting.default);
    }
  }
});

test.each([
  ["--port abc", 'Cannot use --port "abc": expected a whole number from 0 to 65535'],
  ["--port 65536", 'Cannot use --port "65536": expected a whole number from 0 to 65535'],
  ["--port=-1", 'Cannot use --port "-1": expected a whole number from 0 to 65535'],
  ["--port 80.5", 'Cannot use --port "80.5": expected a whole number from 0 to 65535'],
  ["--port=", 'Cannot use --port "": expected a whole number from 0 to 65535'],
  ["--port", "Cannot use --port: expected a value after it"],
  ["--port --auth open", "Cannot use --port: expected a value after it"],
  ["--port 1 --port 2", "Cannot use --port twice: expected it only once"],
  ["--host http://a", 'Cannot use --host "http://a": expected an IP address or a host name, without a port'],
  ["--host 127.0.0.256", 'Cannot use --host "127.0.0.256": expected an IP address or a host name, without a port'],
  ["--auth closed", 'Cannot use --auth "closed": expected open'],
  ["--auth token", 'Cannot use --auth "token": tokens of clients are not checked yet, expected open'],
  ["--log-level loud", 'Cannot use --log-level "loud": expected one of trace, debug, info, warn, error'],
  [
    "--announce-ip 203.0.113.1,example.org",
    'Cannot use --announce-ip "203.0.113.1,example.org": expected IPv4 or IPv6 addresses, separated by commas, at most 16',
  ],
  [
    "--announce-ip ::",
    'Cannot use --announce-ip "::": expected IPv4 or IPv6 addresses, separated by commas, at most 16',
  ],
  [
    "--udp-ports 0",
    'Cannot use --udp-ports "0": expected a port from 1 to 65535, as 50000, or two, the smaller first, as 50000-50999',
  ],
  [
    "--udp-ports 2-1",
    'Cannot use --udp-ports "2-1": expected a port from 1 to 65535, as 50000, or two, the smaller first, as 50000-50999',
  ],
  [
    "--udp-ports 5-5",
    'Cannot use --udp-ports "5-5": expected a port from 1 to 65535, as 50000, or two, the smaller first, as 50000-50999',
  ],
  ["--idle-timeout-ms 7999", 'Cannot use --idle-timeout-ms "7999": expected a whole number from 8000 to 960000'],
  ["--max-frame-bytes 1", 'Cannot use --max-frame-bytes "1": expected a whole number from 1024 to 16777216'],
  ["--node-id a.b", 'Cannot use --node-id "a.b": expected 1 to 64 of the characters A-Z, a-z, 0-9, _ and -'],
  ["--max-rooms 0", 'Cannot use --max-rooms "0": expected a whole number from 1 to 1000000'],
  ["--max-room-peers 1001", 'Cannot use --max-room-peers "1001": expected a whole number from 1 to 1000'],
  ["--max-tracks-per-peer 0", 'Cannot use --max-tracks-per-peer "0": expected a whole number from 1 to 1024'],
  ["start", "Cannot use argument 1: it is no flag, and none before it takes it; --help lists them"],
  [
    "--throttle-bytes 2000000",
    "Cannot use --throttle-bytes 2000000: expected --throttle-bytes (2000000) to be at most --max-queued-bytes (1048576)",
  ],
  [
    "--max-channel-buffer-bytes 20000",
    "Cannot use --max-channel-buffer-bytes 20000: expected --max-message-bytes (262144) to be at most --max-channel-buffer-bytes (20000)",
  ],
])("[CF3] a bad value is refused in one line: %s", (line, message) => {
  expect(refusal(() => read(line))).toBe(message);
});

test.each([
  ["--max-queued-bytes 3000000", "Cannot use --max-queued-bytes 3000000: expected 2067456 at most with --nats"],
  ["--max-payload-bytes 1048576", "Cannot use --max-payload-bytes 1048576: expected 1039828 at most with --nats"],
  ["--max-message-bytes 1000000", "Cannot use --max-message-bytes 1000000: expected 980993 at most with --nats"],
])("[CF24] what would not fit into a message of NATS is refused with --nats, and not without: %s", (line, message) => {
  const secret = { SIGNALBOX_SECRET: "a secret of the cluster, long enough" };
  expect(refusal(() => read(`--auth open --nats nats://127.0.0.1 ${line}`, secret))).toContain(message);
  expect(read(line)).toBeDefined();
});

test("[CF3] a refusal names the setting as it was given", () => {
  expect(refusal(() => read([], { SIGNALBOX_PORT: "x" }))).toMatch(/^Cannot use SIGNALBOX_PORT "x": /);
  expect(refusal(() => readFile({ port: "80" }))).toMatch(/^Cannot use "port" of signalbox.json "80": /);
  expect(refusal(() => readFile({ port: null }))).toMatch(/^Cannot use "port" of signalbox.json null: /);
});

test("[CF3] whatever a flag is given, it is read or refused as bad-config in one line", () => {
  const names = Object.values(settingGroups).flatMap((group) => Object.keys(group));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string({ unit: "binary" }), (name, value) => {
      try {
        read([`${flagName(name)}=${value}`]);
      } catch (error) {
        expect(error).toMatchObject({ code: "bad-config" });
        expect((error as Error).message).toMatch(/^Cannot use [^\n]*$/);
      }
    }),
  );
});

test.each([
  ["--prot 80", "Cannot use --prot: there is no such flag; did you mean --port?"],
  ["--max-frame-byte=1", "Cannot use --max-frame-byte: there is no such flag; did you mean --max-frame-bytes?"],
  ["--xyzzy", "Cannot use --xyzzy: there is no such flag"],
  ["-p 80", "Cannot use -p: there is no such flag"],
])("[CF4] an unknown flag is refused with what was probably meant: %s", (line, message) => {
  expect(refusal(() => read(line))).toBe(message);
});

test("[CF4] an unknown key of the file is refused, an unknown variable is a warning", () => {
  expect(refusal(() => readFile({ prot: 80 }))).toBe(
    'Cannot use "prot" of signalbox.json: there is no such setting; did you mean port?',
  );
  expect(read([], { SIGNALBOX_PROT: "80", OTHER: "1" }).warnings).toEqual([
    "SIGNALBOX_PROT is no setting and was ignored; did you mean SIGNALBOX_PORT?",
  ]);
});

test.each([
  ["127.0.0.1", "a loopback address"],
  ["127.9.0.1", "a loopback address"],
  ["::1", "a loopback address"],
  ["169.254.1.2", "a link-local address"],
  ["fe80::1", "a link-local address"],
  ["0.1.2.3", "an unspecified address"],
])("[CF26] --announce-ip %s is a warning: %s leads no client to the node", (ip, kind) => {
  const { warnings } = read(["--announce-ip", `192.0.2.1,${ip}`]);
  expect(warnings).toEqual([expect.stringContaining(`--announce-ip has ${ip}, ${kind}`)]);
});

test("[CF26] relays of the node without a TURN server are a warning, and no other addresses and servers are", () => {
  const on = ["--relay-candidates", "on"];
  const stun = ["--ice-servers", '[{"urls":"stun:stun.example.org"}]'];
  const warning = [expect.stringContaining("--relay-candidates on has no effect without a TURN server")];
  expect(read(on).warnings).toEqual(warning);
  expect(read([...on, ...stun]).warnings).toEqual(warning);
  const turn = '[{"urls":["stun:stun.example.org","turns:turn.example.org"],"username":"u","credential":"c"}]';
  const source = '[{"source":"turn-rest","urls":"turn:turn.example.org","secrets":["a-secret-of-a-turn-server-here"]}]';
  for (const servers of [turn, source]) expect(read([...on, "--ice-servers", servers]).warnings).toEqual([]);
  expect(read(["--announce-ip", "192.0.2.1,10.0.0.1,2001:db8::1"]).warnings).toEqual([]);
});

test("[CF4] an empty variable counts as not set", () => {
  expect(read([], { SIGNALBOX_PORT: "" })).toEqual(read());
});

test.each([
  ["[]", "Cannot use signalbox.json: expected a JSON object with one key for each setting"],
  ['{"port":1,\n "ice-servers": secret}', "Cannot use signalbox.json: expected JSON"],
  ['{"port":1', "Cannot use signalbox.json: expected JSON, and line 1 column 10 is not"],
])("[CF5] a file that is no JSON object is refused without being quoted: %s", (content, message) => {
  expect(refusal(() => readFile(content))).toBe(message);
});

test("[CF6] without --auth open only loopback is listened on", () => {
  expect(refusal(() => read("--host 0.0.0.0"))).toBe(
    'Cannot use --host "0.0.0.0": anyone who reaches it could connect; to allow that add --auth open',
  );
  expect(refusal(() => read([], { SIGNALBOX_HOST: "::" }))).toMatch(
    /^Cannot use SIGNALBOX_HOST "::": .*add --auth open$/,
  );
  for (const host of ["localhost", "127.0.0.2", "::1"]) expect(read(["--host", host]).host).toBe(host);
});

test("[CF6] with --auth open every address is listened on, or the one given", () => {
  expect(read("--auth open")).toMatchObject({ host: "0.0.0.0", isOpen: true });
  expect(read("--auth open --host 192.0.2.1").host).toBe("192.0.2.1");
});

test("[CF7] a TLS key needs its certificate and the other way round", () => {
  expect(refusal(() => read("--tls-key a.key"))).toBe('Cannot use --tls-key "a.key": expected --tls-cert too');
  expect(refusal(() => read([], { SIGNALBOX_TLS_CERT: "a.pem" }))).toBe(
    'Cannot use SIGNALBOX_TLS_CERT "a.pem": expected --tls-key too',
  );
});

test("[CF7] paths are relative to the working directory, those in a file to the file's folder", () => {
  expect(read("--tls-key a.key --tls-cert /b.pem").tls).toEqual({
    keyFile: join(emptyFolder, "a.key"),
    certFile: "/b.pem",
  });
  writeFileSync(join(folder, "tls.json"), '{"tls-key":"a.key"}');
  expect(read(["--config", join(folder, "tls.json"), "--tls-cert", "b.pem"]).tls).toEqual({
    keyFile: join(folder, "a.key"),
    certFile: join(emptyFolder, "b.pem"),
  });
});

test("[CF8] lists and ranges are read from text and from the file", () => {
  expect(read("--announce-ip 203.0.113.1,2001:db8::1 --udp-ports 50000-50999")).toMatchObject({
    announceIps: ["203.0.113.1", "2001:db8::1"],
    udpPorts: { min: 50_000, max: 50_999 },
  });
  expect(readFile({ "announce-ip": ["203.0.113.1"], "udp-ports": "1-2" })).toMatchObject({
    announceIps: ["203.0.113.1"],
    udpPorts: { min: 1, max: 2 },
  });
  const onePort = { min: 50_000, max: 50_000 };
  expect(read("--udp-ports 50000").udpPorts).toEqual(onePort);
  expect(readFile({ "udp-ports": 50_000 }).udpPorts).toEqual(onePort);
});

const secret = "a-secret-of-the-cluster-long-enough";
const trust = `--auth open --secret ${secret}`;

test("[CF25] an admin token is one that a bearer header can carry", () => {
  const env = (SIGNALBOX_ADMIN_TOKEN: string) => ({ SIGNALBOX_ADMIN_TOKEN });
  expect(read("--auth open", env("abc-._~+/=0123456789")).adminToken).toBe("abc-._~+/=0123456789");
  for (const token of ["with a space in it, long enough", "mit Umläuten, lang genug", "too-short"]) {
    expect(refusal(() => read("--auth open", env(token)))).toContain(
      "expected a secret of 16 to 1024 letters, digits and -._~+/=",
    );
  }
});

test("[CF22] nodes of a cluster need one secret: without it none starts", () => {
  const message = "Cannot use --nats: expected --secret too, the same on every node";
  expect(refusal(() => read("--nats nats://u:hunter2@a"))).toBe(message);
  expect(refusal(() => read("--nats a --auth open"))).toBe(message);
  expect(read(`--nats a ${trust}`)).toMatchObject({ secret, isOpen: true });
});

test("[CF21] NATS servers are read from text and from the file, with who we are there", () => {
  expect("nats" in read()).toBe(false);
  expect(read().namespace).toBe("signalbox");
  expect(
    read(`--nats nats-1,nats://b:p%40ss@nats-2:4223,tls://t%2Fk@[2001:db8::1]:4224/ --namespace staging ${trust}`),
  ).toMatchObject({
    namespace: "staging",
    nats: {
      servers: [
        { host: "nats-1", port: 4222, isTls: false },
        { host: "nats-2", port: 4223, isTls: false, login: { kind: "user", user: "b", password: "p@ss" } },
        { host: "2001:db8::1", port: 4224, isTls: true, login: { kind: "token", token: "t/k" } },
      ],
      tls: {},
    },
  });
  expect(readFile({ nats: ["nats://a", "nats://b"], "nats-nkey": "node.seed", auth: "open", secret }).nats).toEqual({
    servers: [
      { host: "a", port: 4222, isTls: false },
      { host: "b", port: 4222, isTls: false },
    ],
    login: { kind: "nkey", seedFile: join(folder, "node.seed") },
  });
});

test.each([
  ["--nats-user u --nats-password p", { login: { kind: "user", user: "u", password: "p" } }],
  ["--nats-token t", { login: { kind: "token", token: "t" } }],
  ["--nats-nkey /n.seed", { login: { kind: "nkey", seedFile: "/n.seed" } }],
  ["--nats-credentials /n.creds", { login: { kind: "credentials", file: "/n.creds" } }],
  ["--nats-tls-ca /ca.pem", { tls: { caFile: "/ca.pem" } }],
  ["--nats-tls-cert /c.pem --nats-tls-key /k.pem", { tls: { certFile: "/c.pem", keyFile: "/k.pem" } }],
])("[CF21] how a node logs in at NATS: %s", (line, expected) => {
  const { nats } = read(`--nats a ${line} ${trust}`);
  expect(nats).toEqual({ servers: [{ host: "a", port: 4222, isTls: false }], ...expected });
});

test.each([
  [
    "--nats http://hunter2@a",
    "Cannot use --nats: URL 1 has the scheme http:, expected nats://host:4222 or tls://host:4222",
  ],
  ["--nats a,", "Cannot use --nats: URL 2 is no URL, expected nats://host:4222 or tls://host:4222"],
  ["--nats nats://u:hunter2@a/b", "Cannot use --nats: URL 1 has a path, expected nats://host:4222 or tls://host:4222"],
  [
    "--nats nats://u:hunter2@a:70000",
    "Cannot use --nats: URL 1 is no URL, expected nats://host:4222 or tls://host:4222",
  ],
  ["--nats-token hunter2", "Cannot use --nats-token: expected --nats too"],
  ["--nats a --nats-user hunter2", "Cannot use --nats-user: expected --nats-password too"],
  ["--nats a --nats-password hunter2", "Cannot use --nats-password: expected --nats-user too"],
  ["--nats a --nats-tls-cert c.pem", "Cannot use --nats-tls-cert: expected --nats-tls-key too"],
  [
    "--nats a --nats-token hunter2 --nats-nkey n",
    "Cannot use --nats-token: expected one way to log in, not --nats-nkey as well",
  ],
  [
    "--nats nats://u:p@a --nats-token hunter2",
    "Cannot use --nats-token: expected one way to log in, not the credentials in the URL as well",
  ],
  ["--namespace a.b", 'Cannot use --namespace "a.b": expected 1 to 64 of the characters A-Z, a-z, 0-9, _ and -'],
])("[CF21] is refused in one line, without what is secret: %s", (line, message) => {
  expect(refusal(() => read(line))).toBe(message);
});

test("[CF8] a node's name is what was given; without one, none is made up here", () => {
  expect(read("--node-id eu-west_1").nodeId).toBe("eu-west_1");
  expect(readFile({ "node-id": "x".repeat(64) }).nodeId).toBe("x".repeat(64));
  expect("nodeId" in read()).toBe(false);
});

test("[CF8] the limits of rooms are read as every other", () => {
  expect(read().limits).toMatchObject({
    maxRooms: 10_000,
    maxRoomPeers: 100,
    maxTracksPerPeer: 32,
    maxMetadataBytes: 4_096,
    maxPayloadBytes: 16_384,
    maxWaitingMessages: 128,
  });
  expect(read("--max-metadata-bytes 2 --max-payload-bytes 16777216 --join-timeout-ms 100")).toMatchObject({
    limits: { maxMetadataBytes: 2, maxPayloadBytes: 16_777_216 },
    timeouts: { joinTimeoutMs: 100 },
  });
});

const goodServers = [
  { urls: "stun:stun.example.org" },
  { urls: ["turn:192.0.2.1:3478?transport=tcp", "turns:[2001:db8::1]:5349"], username: "u", credential: "hunter2" },
];

test("[CF9] ICE servers are read in the W3C's shape, from JSON text or from the file", () => {
  expect(read(["--ice-servers", JSON.stringify(goodServers)]).iceServers).toEqual(goodServers);
  expect(readFile({ "ice-servers": goodServers }).iceServers).toEqual(goodServers);
});

test.each([
  ["{", /^Cannot use --ice-servers: expected a JSON array as /],
  ["{}", /^Cannot use --ice-servers: expected a JSON array as /],
  ['[{"username":"hunter2"}]', /^Cannot use --ice-servers: \[0\] must have required properties urls, expected /],
  ['[{"urls":["turn:a",5],"credential":"hunter2"}]', /^Cannot use --ice-servers: \[0\]\.urls\[1\] must be string, /],
  [
    '[{"urls":"http://hunter2"}]',
    /^Cannot use --ice-servers: \[0\]\.urls has the scheme "http", expected stun:, turn: or turns:$/,
  ],
  [
    '[{"urls":"turn:u:hunter2@a","username":"u","credential":"c"}]',
    /^Cannot use --ice-servers: \[0\]\.urls is not a URL as /,
  ],
  ['[{"urls":"stun:a?transport=udp"}]', /^Cannot use --ice-servers: \[0\]\.urls is not a URL as /],
  ['[{"urls":"stun:a:65536"}]', /^Cannot use --ice-servers: \[0\]\.urls is not a URL as /],
  ['[{"urls":"stun:[::g]"}]', /^Cannot use --ice-servers: \[0\]\.urls is not a URL as /],
  [
    '[{"urls":"turn:a","credential":"hunter2"}]',
    /^Cannot use --ice-servers: \[0\] is a TURN server, expected both its username/,
  ],
])("[CF9] wrong ICE servers are refused by their place, and no credential is shown: %s", (json, message) => {
  const told = refusal(() => read(["--ice-servers", json]));
  expect(told).toMatch(message);
  expect(told).not.toContain("hunter2");
});

test("[CF10] --help lists every setting with its flag, its variable and its default", () => {
  const help = answerCommandLine(["--port", "0", "--help"]) ?? "";
  for (const group of Object.values(settingGroups)) {
    for (const [name, { meaning }] of Object.entries(group)) {
      for (const part of [flagName(name), envName(name), meaning.replaceAll("`", "")]) expect(help).toContain(part);
    }
  }
  expect(help).toMatch(/--max-frame-bytes <number>\n.*\n {6}SIGNALBOX_MAX_FRAME_BYTES; default: 262144\n/);
});

test("[CF10] --version prints the version, and other command lines get no answer", () => {
  expect(answerCommandLine(["--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(answerCommandLine(["--port", "1"])).toBeUndefined();
});

test("[CW14] the number of workers is read from text and from the file, auto being the number of cores", () => {
  expect(read().workers).toBe(1);
  expect(read(`--workers 3 --nats localhost ${trust}`).workers).toBe(3);
  expect(read(`--workers auto --nats localhost ${trust}`).workers).toBe(availableParallelism());
  expect(readFile({ workers: "auto", nats: "localhost", secret, auth: "open" }).workers).toBe(availableParallelism());
  expect(readFile({ workers: 4, nats: "localhost", secret, auth: "open" }).workers).toBe(4);
});

test.each([
  ["--workers 0", 'Cannot use --workers "0": expected a whole number from 1 to 256, or auto for the number of cores'],
  [
    "--workers many",
    'Cannot use --workers "many": expected a whole number from 1 to 256, or auto for the number of cores',
  ],
  [
    "--workers 2",
    "Cannot use --workers 2: workers find each other over NATS; add --nats nats://127.0.0.1:4222 and start nats-server -a 127.0.0.1 (Debian: apt-get install nats-server)",
  ],
  [
    `--workers 10 --nats localhost ${trust} --node-id ${"n".repeat(62)}`,
    "Cannot use --workers 10: expected a --node-id that leaves room for -10 within 64 characters",
  ],
  [
    `--workers 3 --nats localhost ${trust} --udp-ports 50000-50001`,
    "Cannot use --workers 3: two processes cannot share a UDP port, expected one of --udp-ports for each worker, as 50000-50002",
  ],
  [
    `--workers 2 --nats localhost ${trust} --udp-ports 50000`,
    "Cannot use --workers 2: two processes cannot share a UDP port, expected one of --udp-ports for each worker, as 50000-50001",
  ],
  [
    `--workers 2 --nats localhost ${trust} --udp-ports 65535`,
    "Cannot use --workers 2: two processes cannot share a UDP port, expected one of --udp-ports for each worker",
  ],
])("[CW14] workers that cannot be are refused in one line: %s", (line, message) => {
  expect(refusal(() => read(line))).toBe(message);
});

test("[CW13] the shares of the UDP ports are as large as each other, within the range, and have no port in common", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60_000 }),
      fc.integer({ min: 1, max: 256 }),
      fc.nat(5_000),
      (min, workers, more) => {
        const range = { min, max: min + workers - 1 + more };
        const shares = Array.from({ length: workers }, (_, index) => workerPorts(range, index + 1, workers));
        const sizes = new Set(shares.map((share) => share.max - share.min + 1));
        expect(sizes).toEqual(new Set([Math.floor((range.max - range.min + 1) / workers)]));
        expect(shares[0]?.min).toBe(range.min);
        expect(shares.at(-1)?.max).toBeLessThanOrEqual(range.max);
        for (const [index, share] of shares.slice(1).entries())
          expect(share.min).toBeGreaterThan(shares[index]?.max ?? 0);
      },
    ),
  );
});

test("[CF23] a time is read with its unit, and as seconds without one", () => {
  expect(read().drainTimeoutMs).toBe(60_000);
  expect(read("--drain-timeout 500ms").drainTimeoutMs).toBe(500);
  expect(read("--drain-timeout 2m").drainTimeoutMs).toBe(120_000);
  expect(readFile({ "drain-timeout": "0s" }).drainTimeoutMs).toBe(0);
  expect(readFile({ "drain-timeout": 15 }).drainTimeoutMs).toBe(15_000);
  expect(read("--drain-timeout 5").drainTimeoutMs).toBe(5_000);
  for (const text of ["1h", "-1s", "61m", "1.5s", ""]) {
    expect(refusal(() => read(["--drain-timeout", text]))).toContain("expected a time from 0s to 3600s, as 60s");
  }
});
