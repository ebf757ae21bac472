import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../eventually.ts";
import { type Host, type Internet, openInternet } from "./internet.ts";
import { missingForNetworks } from "./missing_for_networks.ts";
import { commandIn, namespaceOf } from "./namespace.ts";
import type { RouterOptions } from "./router_rules.ts";
import { openTunnel } from "./tunnel.ts";

const missing = missingForNetworks();
const probe = fileURLToPath(new URL("./udp_probe.ts", import.meta.url));

async function open(): Promise<Internet> {
  const internet = await openInternet();
  onTestFinished(() => internet.close());
  return internet;
}

/** A public machine that says where its datagrams come from. */
async function addReflector(internet: Internet): Promise<Host> {
  const host = await internet.addHost();
  const [program, args] = commandIn(host.namespace, process.execPath, [probe, "serve", "3478"]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return host;
}

/** The answers that somebody gets who asks with one socket. */
function ask(host: Host, addresses: readonly string[]) {
  const [program, args] = commandIn(host.namespace, process.execPath, [probe, "ask", ...addresses]);
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (stdout === "") throw new Error(`Cannot ask from ${host.address}: ${stderr}`);
  const { port, answers } = JSON.parse(stdout) as { port: number; answers: { by: string; seen: string }[] };
  return { port, answers: new Map(answers.map(({ by, seen }) => [by, seen])) };
}

/** What two public machines see of somebody behind a router. */
async function behind(options: RouterOptions) {
  const internet = await open();
  const [one, two] = [await addReflector(internet), await addReflector(internet)];
  const router = await internet.addRouter(options);
  const host = await router.addHost();
  const { port, answers } = ask(host, [`${one.address}:3478`, `${two.address}:3478`]);
  const seen = [one, two].map(({ address }) => answers.get(`${address}:3478`));
  const isOpenToStrangers = [one, two].some(({ address }) => answers.has(`${address}:3479`));
  return { seen, isOpenToStrangers, router, port, host, internet };
}

describe.skipIf(missing !== undefined)(`networks${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test("[NET1] a home router keeps the port, and lets in only who was spoken to", async () => {
    const { seen, isOpenToStrangers, router, port } = await behind({ nat: "cone" });
    expect(seen).toEqual([`${router.address}:${port}`, `${router.address}:${port}`]);
    expect(isOpenToStrangers).toBe(false);
  });

  test("[NET1] a symmetric NAT has another port for each destination", async () => {
    const { seen, isOpenToStrangers, router } = await behind({ nat: "symmetric" });
    expect(seen.map((address) => address?.split(":")[0])).toEqual([router.address, router.address]);
    expect(seen[0]).not.toBe(seen[1]);
    expect(isOpenToStrangers).toBe(false);
  });

  test("[NET1] a public address for one machine lets everybody in", async () => {
    const { seen, isOpenToStrangers, router, port } = await behind({ nat: "one-to-one" });
    expect(seen).toEqual([`${router.address}:${port}`, `${router.address}:${port}`]);
    expect(isOpenToStrangers).toBe(true);
  });

  test("[NET1] a firewall lets no UDP out, or nothing but TCP to port 443", async () => {
    for (const firewall of ["no-udp", "only-tcp-443"] as const) {
      const { seen, host, internet } = await behind({ nat: "cone", firewall });
      expect(seen).toEqual([undefined, undefined]);
      const web = await internet.addHost();
      for (const port of [443, 3478]) {
        const script = `require("net").createServer().listen(${port}, () => console.log("up"))`;
        const [program, args] = commandIn(web.namespace, process.execPath, ["-e", script]);
        await once(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }).stdout, "data");
        const dial = `require("net").connect({ port: ${port}, host: "${web.address}", timeout: 400 })
          .on("connect", () => process.exit(0)).on("timeout", () => process.exit(1))`;
        const [client, dialArgs] = commandIn(host.namespace, process.execPath, ["-e", dial]);
        const isLetOut = spawnSync(client, dialArgs).status === 0;
        expect([port, isLetOut]).toEqual([port, port === 443 || firewall === "no-udp"]);
      }
    }
  });

  test("[NET2] a tunnel leads from the test into a namespace", async () => {
    const host = await (await open()).addHost();
    const script = `require("http").createServer((_, response) => response.end("inside")).listen(80, () => console.log("up"))`;
    const [program, args] = commandIn(host.namespace, process.execPath, ["-e", script]);
    await once(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }).stdout, "data");
    const tunnel = await openTunnel(host.namespace, 80);
    onTestFinished(() => tunnel.close());
    expect(await (await fetch(`http://127.0.0.1:${tunnel.port}/`)).text()).toBe("inside");
  });

  test("[NET2] nothing is left of networks whose process was killed, nor of what ran in them", async () => {
    const inside = `const { spawn } = await import("node:child_process");
      const { openInternet } = await import(${JSON.stringify(new URL("./internet.ts", import.meta.url).href)});
      const { commandIn } = await import(${JSON.stringify(new URL("./namespace.ts", import.meta.url).href)});
      const router = await (await openInternet()).addRouter({ nat: "cone" });
      const { namespace } = await router.addHost();
      const [program, args] = commandIn(namespace, "sleep", ["1000"]);
      const { pid } = spawn(program, args);
      setTimeout(() => console.log(JSON.stringify([namespace.pid, router.namespace.pid, pid])), 300);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", inside], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = await once(child.stdout, "data");
    const pids = JSON.parse(String(text)) as number[];
    const names = pids.map((pid) => namespaceOf(pid));
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(2);
    child.kill("SIGKILL");
    const remaining = () =>
      readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && names.includes(namespaceOf(Number(pid))));
    await eventually(() => remaining().length === 0, { what: "the namespaces to be gone", describe: remaining });
  });
});
