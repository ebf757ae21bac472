import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "nats";
import { expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../config.ts";
import { eventually } from "../kit/eventually.ts";
import { findFreePort, startNatsServer } from "../kit/nats_server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string) => readFileSync(join(root, "examples/deploy", name), "utf8");

/** A value of a manifest, whatever its shape. */
// biome-ignore lint/suspicious/noExplicitAny: manifests are as deep as Kubernetes has them, and a wrong path fails the test.
type Manifest = any;

function manifestsOf(name: string): Manifest[] {
  return parseAllDocuments(read(`kubernetes/${name}`)).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}

function manifest(name: string, kind: string): Manifest {
  const found = manifestsOf(name).filter((one) => one.kind === kind);
  expect(found, `${kind} in ${name}`).toHaveLength(1);
  return found[0];
}

/** What a field of the pod or a secret has at run time. */
const atRunTime: Readonly<Record<string, string>> = {
  "metadata.name": "signalbox-0",
  "status.hostIP": "192.0.2.1",
  secret: "0123456789abcdef0123456789abcdef",
  "nats-password": "p0123456789",
};

function environmentOf(container: Manifest): Record<string, string> {
  return Object.fromEntries(
    container.env.map(({ name, value, valueFrom }: Manifest) => {
      const key = valueFrom?.fieldRef?.fieldPath ?? valueFrom?.secretKeyRef?.key;
      return [name, value ?? atRunTime[key] ?? `no ${key}`];
    }),
  );
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-deploy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("[CW30] the manifests of a node give it settings that it takes: its name, its address, the cluster, and what is secret by reference", () => {
  const { template, replicas } = manifest("signalbox.yaml", "StatefulSet").spec;
  const [container] = template.spec.containers;
  const config = readConfig({ argv: [], env: environmentOf(container), cwd: "/nonexistent" });
  expect(config).toMatchObject({ host: "0.0.0.0", port: container.ports[0].containerPort, nodeId: "signalbox-0" });
  expect(config).toMatchObject({ announceIps: ["192.0.2.1"], secret: atRunTime["secret"], warnings: [] });
  expect(config.nats?.login).toEqual({ kind: "user", user: "signalbox", password: "p0123456789" });
  const natsSet = manifest("nats.yaml", "StatefulSet");
  const hosts = Array.from(
    { length: natsSet.spec.replicas },
    (_, index) => `nats-${index}.${natsSet.spec.serviceName}`,
  );
  expect(config.nats?.servers.map(({ host }) => host)).toEqual(hosts);
  expect(replicas).toBeGreaterThan(1);
  expect(template.spec.hostNetwork).toBe(true);
});

test("[CW30] its probes ask what there is, and its pod is not killed before the node has ended", async () => {
  const { spec } = manifest("signalbox.yaml", "StatefulSet").spec.template;
  const [{ livenessProbe, readinessProbe, lifecycle, ports, env }] = spec.containers;
  expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(["/healthz", "/readyz"]);
  for (const probe of [livenessProbe, readinessProbe]) expect(probe.httpGet.port).toBe(ports[0].name);
  const { timeouts } = readConfig({ argv: [], env: {}, cwd: "/nonexistent" });
  const preStopSeconds = Number(lifecycle.preStop.exec.command[1]);
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(preStopSeconds + (4 * timeouts.shutdownTimeoutMs) / 1_000);
  expect(spec.securityContext.runAsNonRoot).toBe(true);
  expect(env.some(({ name, value }: Manifest) => name === "SIGNALBOX_SECRET" && value !== undefined)).toBe(false);
});

test("[CW30] what one manifest names another has: pods of services and budgets, ports, volumes, configurations", () => {
  for (const file of ["signalbox.yaml", "nats.yaml"]) {
    const { metadata, spec } = manifest(file, "StatefulSet");
    const { labels } = spec.template.metadata;
    const service = manifest(file, "Service");
    expect(service.metadata.name).toBe(spec.serviceName);
    expect(metadata.name).toBe(spec.serviceName);
    for (const selector of [service.spec.selector, spec.selector.matchLabels]) expect(labels).toMatchObject(selector);
    expect(labels).toMatchObject(manifest(file, "PodDisruptionBudget").spec.selector.matchLabels);
    const [container] = spec.template.spec.containers;
    const ports = container.ports.flatMap(({ name, containerPort }: Manifest) => [name, containerPort]);
    for (const { targetPort, port } of service.spec.ports) expect(ports).toContain(targetPort ?? port);
    const volumes = [...(spec.template.spec.volumes ?? []), ...(spec.volumeClaimTemplates ?? [])];
    const names = volumes.map((volume: Manifest) => volume.name ?? volume.metadata.name);
    for (const mount of container.volumeMounts ?? []) expect(names).toContain(mount.name);
  }
  const mounted = manifest("nats.yaml", "StatefulSet").spec.template.spec.volumes[0].configMap.name;
  expect(manifest("nats.yaml", "ConfigMap").metadata.name).toBe(mounted);
});

test("[CW31] the NATS configuration of the manifests is valid, and demands its password", () => {
  const folder = temporaryFolder();
  const file = join(folder, "nats.conf");
  writeFileSync(file, manifest("nats.yaml", "ConfigMap").data["nats.conf"]);
  const check = (env: object) =>
    spawnSync("nats-server", ["-c", file, "-t"], { env: { PATH: process.env.PATH, ...env } });
  const [container] = manifest("nats.yaml", "StatefulSet").spec.template.spec.containers;
  expect(check(environmentOf(container)).stderr.toString()).toContain("is valid");
  expect(check({ POD_NAME: "nats-0" }).status).not.toBe(0);
});

test("[CW31] two regions joined by gateways carry what a subscriber of the other one wants", async () => {
  const regions = ["eu", "us"];
  const gateways = new Map(await Promise.all(regions.map(async (region) => [region, await findFreePort()] as const)));
  const env = { SIGNALBOX_NATS_PASSWORD: "node-password", NATS_ADMIN_PASSWORD: "admin-password" };
  const urls = [];
  for (const region of regions) {
    const folder = temporaryFolder();
    cpSync(join(root, "nats.conf"), join(folder, "nats.conf"));
    const file = join(folder, `${region}.conf`);
    writeFileSync(file, read(`nats/${region}.conf`));
    const environment = { ...process.env, ...env, NATS_SERVER_NAME: region };
    execFileSync("nats-server", ["-c", file, "-t"], { env: environment, stdio: "pipe" });
    // The same for loopback: its ports, and one server for each region.
    const deadPort = await findFreePort();
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .replace(/\n {2}routes: .*/, "")
        .replace('"0.0.0.0:6222"', `"127.0.0.1:${await findFreePort()}"`)
        .replace('"0.0.0.0:7222"', `"127.0.0.1:${gateways.get(region)}"`)
        .replaceAll(/nats-([12])\.(eu|us)\.example\.org:7222/g, (_, place, other) =>
          place === "1" ? `127.0.0.1:${gateways.get(other)}` : `127.0.0.1:${deadPort}`,
        ),
    );
    const base = join(folder, "nats.conf");
    writeFileSync(base, readFileSync(base, "utf8").replace('"127.0.0.1:8222"', `"127.0.0.1:${await findFreePort()}"`));
    const server = await startNatsServer({ configFile: file, env: { ...env, NATS_SERVER_NAME: region } });
    onTestFinished(() => server.kill());
    urls.push(server.url);
  }
  const clients = await Promise.all(
    urls.map((servers) => connect({ servers, user: "signalbox", pass: env.SIGNALBOX_NATS_PASSWORD, timeout: 10_000 })),
  );
  onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
  const [eu, us] = clients;
  let received = 0;
  us?.subscribe("signalbox.test", { callback: () => void received++ });
  await us?.flush();
  const publishAgain = async () => {
    eu?.publish("signalbox.test");
    await eu?.flush();
    return received;
  };
  await eventually(publishAgain, { what: "a message to cross", timeoutMs: 12_000 });
});

test("[CW32] systemd takes the unit, which restarts what may get better and tells the parent of workers alone to stop", () => {
  const folder = temporaryFolder();
  const unit = join(folder, "signalbox.service");
  const text = read("signalbox.service");
  writeFileSync(unit, text.replace("/usr/bin/node", process.execPath));
  expect(text).toMatch(/^RestartPreventExitStatus=78$/m);
  expect(text).toMatch(/^KillMode=mixed$/m);
  const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
  // A machine without systemd cannot say.
  if (error === undefined) expect(`${status} ${stderr}`).toBe("0 ");
});

test("[CW32] the settings of the service are settings, those that are commented, too", () => {
  const lines = read("signalbox.env").matchAll(/^#?(SIGNALBOX_\w+|TURN_SECRET)=(.*)$/gm);
  const env = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
  const config = readConfig({ argv: [], env, cwd: "/nonexistent" });
  expect(config.warnings).toEqual([]);
  expect(config.isOpen && config.nats !== undefined && config.tls !== undefined).toBe(true);
});

test("[CW33] the container's steps take files that are there, and it runs without rights and says whether it lives", () => {
  const text = read("Containerfile");
  const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
  const sources = [...text.matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(
    ([, line]) => line?.split(" ").slice(0, -1) ?? [],
  );
  expect(sources.length).toBeGreaterThan(3);
  for (const source of sources) {
    expect(existsSync(join(root, source)), source).toBe(true);
    expect(ignored).not.toContain(source.replace(/\/$/, ""));
  }
  expect(ignored).toContain("**/node_modules");
  expect(text).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  const [, probe = ""] = /^ {2}CMD \["node", "-e", "(.*)"\]$/m.exec(text) ?? [];
  const ask = (port: string) => spawnSync(process.execPath, ["-e", probe], { env: { SIGNALBOX_PORT: port } }).status;
  expect(probe).toContain("/healthz");
  expect(ask("1"), "nobody listens there").toBe(1);
});
