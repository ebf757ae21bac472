import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "nats";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { NatsBusOptions } from "../../../transport/bus/nats_bus.ts";
import { startNatsServer } from "../../kit/nats_server.ts";
import { openNatsBus, untilLink } from "./open_nats_bus.ts";

const folder = mkdtempSync(join(tmpdir(), "signalbox-nats-login-"));
afterAll(() => rmSync(folder, { recursive: true }));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function writeText(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** A JWT as NATS signs them, by the key of `issuer`. */
function signJwt(
  issuer: ReturnType<typeof nkeys.createUser>,
  claims: { readonly sub: string; readonly name: string; readonly nats: object },
): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode({
    jti: crypto.randomUUID(),
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    ...claims,
  })}`;
  return `${body}.${Buffer.from(issuer.sign(new TextEncoder().encode(body))).toString("base64url")}`;
}

/** A server whose users come by JWT, and one user's credentials file. */
function makeOperator() {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const accountJwt = signJwt(operator, {
    sub: account.getPublicKey(),
    name: "A",
    nats: {
      type: "account",
      version: 2,
      limits: { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
    },
  });
  const operatorJwt = signJwt(operator, {
    sub: operator.getPublicKey(),
    name: "O",
    nats: { type: "operator", version: 2 },
  });
  const userJwt = signJwt(account, {
    sub: user.getPublicKey(),
    name: "U",
    nats: { type: "user", version: 2, ...unlimited },
  });
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload { ${account.getPublicKey()}: ${accountJwt} }`,
    credentials: [
      "-----BEGIN NATS USER JWT-----",
      userJwt,
      "------END NATS USER JWT------",
      "",
      "-----BEGIN USER NKEY SEED-----",
      text(user.getSeed()),
      "------END USER NKEY SEED------",
      "",
    ].join("\n"),
  };
}

/** A certificate authority, and a certificate of its own for each name. */
function makeCertificates() {
  const run = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe", cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  run("req", "-x509", ...key, "-days", "2", "-subj", "/CN=test-ca", "-keyout", "ca.key", "-out", "ca.pem");
  for (const [name, extension] of [
    ["server", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ["client", "extendedKeyUsage=clientAuth"],
  ] as const) {
    run("req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    writeText(`${name}.ext`, extension);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", `${name}.ext`];
    run("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.pem`);
  }
  return (name: string) => join(folder, name);
}

async function start(config: string): Promise<string> {
  const server = await startNatsServer({ config });
  onTestFinished(() => server.kill());
  return server.url;
}

type Access = Partial<Pick<NatsBusOptions, "login" | "tls">>;

async function expectIn(url: string, access: Access): Promise<void> {
  const { bus } = openNatsBus(url, access);
  await untilLink(bus, "connected");
  await bus.flush();
}

async function expectOut(url: string, access: Access, reason: RegExp): Promise<void> {
  const { bus, lines } = openNatsBus(url, access);
  expect(await lines.next()).toMatchObject({ event: "bus not reached, trying on" });
  expect(bus.link).toEqual({ state: "connecting", reason: expect.stringMatching(reason) });
}

test("[BU30] a node logs in by user and password, and not by wrong ones or none", async () => {
  const url = await start('authorization { user: "node", password: "right" }');
  await expectIn(url, { login: { kind: "user", user: "node", password: "right" } });
  await expectOut(url, { login: { kind: "user", user: "node", password: "wrong" } }, /does not accept our credentials/);
  await expectOut(url, {}, /does not accept our credentials/);
});

test("[BU30] a node logs in by token, and not by a wrong one", async () => {
  const url = await start('authorization { token: "right" }');
  await expectIn(url, { login: { kind: "token", token: "right" } });
  await expectOut(url, { login: { kind: "token", token: "wrong" } }, /does not accept our credentials/);
});

test("[BU30] a node logs in by the NKey whose seed a file holds, and not by another or one that is none", async () => {
  const [ours, other] = [nkeys.createUser(), nkeys.createUser()];
  const url = await start(`authorization { users: [{ nkey: ${ours.getPublicKey()} }] }`);
  const login = (file: string) => ({ login: { kind: "nkey", seedFile: file } }) as const;
  await expectIn(url, login(writeText("our.seed", `${text(ours.getSeed())}\n`)));
  await expectOut(url, login(writeText("other.seed", text(other.getSeed()))), /does not accept our credentials/);
  await expectOut(url, login(writeText("bad.seed", "SUBAD")), /seed|checksum|encoded/i);
  await expectOut(url, login(join(folder, "missing.seed")), /ENOENT/);
});

test("[BU30] a node logs in by a credentials file, and not by somebody else's", async () => {
  const { config, credentials } = makeOperator();
  const url = await start(config);
  const login = (file: string) => ({ login: { kind: "credentials", file } }) as const;
  await expectIn(url, login(writeText("our.creds", credentials)));
  await expectOut(url, login(writeText("other.creds", makeOperator().credentials)), /does not accept our credentials/);
});

test("[BU30] a node with the wrong credentials comes in as soon as its file holds the right ones", async () => {
  const [ours, other] = [nkeys.createUser(), nkeys.createUser()];
  const url = await start(`authorization { users: [{ nkey: ${ours.getPublicKey()} }] }`);
  const seedFile = writeText("rotated.seed", text(other.getSeed()));
  const { bus, lines } = openNatsBus(url, { login: { kind: "nkey", seedFile } });
  await lines.next();
  writeText("rotated.seed", text(ours.getSeed()));
  await untilLink(bus, "connected");
});

test("[BU31] with TLS a node knows the server by its authority and shows its own certificate; it never goes without", async () => {
  const file = makeCertificates();
  const tls = `cert_file: "${file("server.pem")}", key_file: "${file("server.key")}", ca_file: "${file("ca.pem")}"`;
  const url = await start(`tls { ${tls}, verify: true }`);
  const ours = { caFile: file("ca.pem"), certFile: file("client.pem"), keyFile: file("client.key") };
  await expectIn(url, { tls: ours });
  await expectIn(url.replace("127.0.0.1", "localhost"), { tls: ours });
  await expectOut(
    url,
    { tls: { certFile: file("client.pem"), keyFile: file("client.key") } },
    /UNABLE_TO_VERIFY|SELF_SIGNED|certificate/i,
  );
  await expectOut(url, { tls: { caFile: file("ca.pem") } }, /./);
  await expectOut(await start(""), { tls: ours }, /it offers no TLS/);
});
