import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { listHostAddresses } from "../transport/media/host_addresses.ts";
import { freePort } from "./kit/free_port.ts";
import { freeUdpPort } from "./kit/free_udp_port.ts";
import { startProvider } from "./transport/ice/start_provider.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Starts a node in a program of its own, which goes on when that fails and ends when nothing keeps it: it names why, and who has the port then. */
const program = `
import { once } from "node:events";
import { createServer } from "node:net";
import { readConfig, startNode } from "./mod.ts";
const [argv, entry, tcpPort] = JSON.parse(process.argv[1]);
const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const config = { ...readConfig({ argv, env: {}, cwd: "/nonexistent" }), iceServers: [entry] };
const { code, message } = await startNode({}, { config, log }).catch((error) => error);
const server = createServer().listen(tcpPort, "0.0.0.0");
await once(server, "listening");
server.close();
console.log(code, message);
`;

async function takenUdpPort(): Promise<number> {
  const [host = "127.0.0.1"] = listHostAddresses();
  const port = await freeUdpPort();
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4").bind(port, host);
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return port;
}

async function takenTcpPort(): Promise<number> {
  const server = createServer().listen(0, "::");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as { readonly port: number }).port;
}

const cluster = [
  "--nats",
  "nats://127.0.0.1:1",
  "--secret",
  "a secret of the cluster, long enough to sign",
  "--auth",
  "open",
];
const faults: readonly { readonly what: string; readonly flags: (tcpPort: number) => Promise<string[]> }[] = [
  {
    what: "Cannot open the UDP port",
    flags: async (tcp) => ["--tcp-ports", `${tcp}`, "--udp-ports", `${await takenUdpPort()}`],
  },
  { what: "Cannot listen for media by TCP", flags: async () => ["--tcp-ports", `${await takenTcpPort()}`] },
  {
    what: "Cannot use --nats-nkey",
    flags: async (tcp) => ["--tcp-ports", `${tcp}`, ...cluster, "--nats-nkey", "/nonexistent"],
  },
];

test.each(faults)(
  "[AP11] a start that fails leaves nothing open, and nothing goes on: $what",
  async ({ what, flags }) => {
    // What cannot be fetched is tried again, for as long as somebody wants it.
    const { url } = await startProvider(() => ({ status: 503 }));
    const asking = { ttlMs: 60_000, credentials: "node", ahead: 1, perMinute: 120 };
    const entry = { source: "cloudflare", keyId: "key", apiToken: "token", url, ...asking };
    const tcpPort = await freePort();
    const input = JSON.stringify([["--port", "0", ...(await flags(tcpPort))], entry, tcpPort]);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program, input], { cwd: root });
    onTestFinished(() => void child.kill());
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect({ status, stderr, stdout }).toEqual({
      status: 0,
      stderr: "",
      stdout: expect.stringContaining(`bad-config ${what}`),
    });
  },
);
