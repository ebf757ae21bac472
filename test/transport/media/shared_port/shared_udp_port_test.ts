import { createSocket, type SocketOptions } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { RTCPeerConnection as UnpatchedPeerConnection } from "werift-unpatched";
import { listHostAddresses } from "../../../../transport/media/host_addresses.ts";
import { checkPortUse, isHashed } from "../../../../transport/media/shared_port/open_shared_port.ts";
import { describePortFailure } from "../../../../transport/media/shared_port/port_failure.ts";
import { eventually } from "../../../kit/eventually.ts";
import { freeUdpPort } from "../../../kit/free_udp_port.ts";
import { startNode } from "../../../kit/start_node.ts";
import { udpPortsOf } from "../../../kit/udp_ports_of.ts";
import { openEngines } from "../open_engine.ts";
import { connectAgent, openPort } from "./shared_port_client.ts";

const countOf = (port: number) => udpPortsOf(process.pid).filter((each) => each === port).length;
const [host = "127.0.0.1"] = listHostAddresses();

async function occupy(options: Partial<SocketOptions> = {}): Promise<number> {
  const port = await freeUdpPort();
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", ...options }).bind(port, host);
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return port;
}

test.each([{}, { reuseAddr: true }])("[OP9] a port that another program has stops the start: %o", async (options) => {
  const port = await occupy(options);
  const why = `Cannot open the UDP port ${port} of ${host}: it is in use by another program; choose another with --udp-ports`;
  await expect(openEngines({ udpPorts: { min: port, max: port } })).rejects.toMatchObject({
    code: "bad-config",
    message: why,
  });
  // What was opened until then is closed.
  expect(countOf(port)).toBe(1);
  await expect(startNode({ flags: ["--udp-ports", `${port}`] })).rejects.toThrow(`ended with 78\nsignalbox: ${why}`);
});

test("[OP9] a second node with the port does not start, and the first one goes on", async () => {
  const port = await freeUdpPort();
  const node = await startNode({ flags: ["--udp-ports", `${port}`] });
  onTestFinished(async () => {
    await node.stop();
  });
  await expect(startNode({ flags: ["--udp-ports", `${port}`] })).rejects.toThrow("it is in use by another program");
  expect(udpPortsOf(node.pid)).toContain(port);
});

test("[OP9] a port that the user may not use is told as that", () => {
  expect(describePortFailure({ address: "::1", port: 80, code: "EACCES" }).message).toBe(
    "Cannot open the UDP port 80 of ::1: this user may not use it; choose another with --udp-ports, 1024 or higher",
  );
  expect(describePortFailure({ address: "::1", port: 80, code: "EMFILE" }).message).toContain("refuses (EMFILE)");
});

test("[OP10] an engine that opens sockets of its own is found out before any client comes", async () => {
  const shared = await openPort();
  const options = {
    iceServers: [],
    iceUdpTransport: () => shared.join("127.0.0.1", { localUsername: "", remotePassword: "" }),
  };
  const unpatched = new UnpatchedPeerConnection(options);
  await expect(checkPortUse(unpatched as never, shared.port)).rejects.toThrow(
    new RegExp(`^Cannot share the UDP port ${shared.port}: the engine opened the port \\d+; see whether it is patched`),
  );
});

test("[OP10] an engine that finds no address is found out, too", async () => {
  const shared = await openPort();
  const none = new UnpatchedPeerConnection({ iceServers: [], iceUseIpv4: false, iceUseIpv6: false });
  await expect(checkPortUse(none as never, shared.port)).rejects.toThrow("the engine has no host candidate");
});

test.runIf(process.platform === "linux")("[OP11] the kernel has the hash from 6.13 on", () => {
  const releases = [
    "5.15.0-91-generic",
    "6.1.0-13-amd64",
    "6.12.63+deb13-amd64",
    "6.13.0",
    "6.18.44-x",
    "7.0.0-rc1",
    "",
  ];
  expect(releases.map(isHashed)).toEqual([false, false, false, true, true, true, false]);
});

test("[OP8] the end of a peer connection leaves the port open, and nothing of it behind", async () => {
  const shared = await openPort();
  const [first, second] = [await connectAgent(shared), await connectAgent(shared)];
  await first.transport.close();
  await first.transport.close();
  first.remote.send("late", shared.port, "127.0.0.1");
  second.remote.send("media", shared.port, "127.0.0.1");
  await eventually(() => second.received.length === 1, { what: "what the other one is sent" });
  await second.transport.send(Buffer.from("back"), [second.remote.address().address, second.remote.address().port]);
  await eventually(() => second.arrived.length === 1, { what: "what it sends" });
  await first.transport.send(Buffer.from("never"), [first.remote.address().address, first.remote.address().port]);
  expect([first.received, first.arrived, countOf(shared.port)]).toEqual([[], [], 1]);
  await shared.close();
  expect(countOf(shared.port)).toBe(0);
  await expect(shared.join("127.0.0.1", { localUsername: "a", remotePassword: "" })).rejects.toThrow("it is closed");
});

test("[OP7] a new fragment is known once it is noted, beside the one before", async () => {
  const { request } = await import("./stun_messages.ts");
  const shared = await openPort();
  const agent = { localUsername: "before", remotePassword: "" };
  const transport = await shared.join("127.0.0.1", agent);
  const received: Buffer[] = [];
  transport.onData = (data) => received.push(data);
  agent.localUsername = "after";
  shared.noteFragment(agent);
  const client = createSocket("udp4");
  onTestFinished(() => void client.close());
  for (const fragment of ["before", "after", "never"]) client.send(request(`${fragment}:x`), shared.port, "127.0.0.1");
  await eventually(() => received.length === 2, { what: "the checks" });
});

test("[OP15] an address that comes is opened by who needs it, and one that went is closed once nobody does", async () => {
  const shared = await openPort();
  const transport = await shared.join("127.0.0.2", { localUsername: "a", remotePassword: "" });
  expect(transport.address).toMatchObject({ address: "127.0.0.2", port: shared.port });
  await shared.keepOnly(["127.0.0.1"]);
  expect(countOf(shared.port)).toBe(2);
  await transport.close();
  await shared.keepOnly(["127.0.0.1"]);
  expect(countOf(shared.port)).toBe(1);
  // One that the machine does not have (yet) is no failure of the start, and is tried again.
  await shared.open(["192.0.2.99"]);
  await expect(shared.join("192.0.2.99", { localUsername: "b", remotePassword: "" })).rejects.toThrow("EADDRNOTAVAIL");
});
