import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { datagramCalls, datagramCallsFault, type PlacedPacket } from "../../../transport/media/datagram_calls.ts";
import { giveBufferAway } from "../../../transport/media/packet_batch.ts";
import { eventually } from "../../kit/eventually.ts";
import { place } from "./place_packets.ts";

const isThere = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const families = [
  ["IPv4", "udp4", "127.0.0.1"],
  ["IPv6", "udp6", "::1"],
] as const;

async function listen(type: "udp4" | "udp6", address: string): Promise<{ socket: Socket; arrived: string[] }> {
  const socket = createSocket(type);
  onTestFinished(() => void socket.close());
  const arrived: string[] = [];
  socket.on("message", (data) => {
    const isWhole = data.every((byte) => byte === data[0]);
    arrived.push(`${data[0]} x ${data.length}${isWhole ? "" : " spoilt"}`);
  });
  socket.bind(0, address);
  await once(socket, "listening");
  return { socket, arrived };
}

/** A socket that the calls open and `dgram` takes over. */
async function open(family: "IPv4" | "IPv6", type: "udp4" | "udp6", to: Socket): Promise<{ fd: number; own: Socket }> {
  const { address, port } = to.address();
  const fd = datagramCalls?.open(family, address, 0) ?? -1;
  const own = createSocket(type);
  onTestFinished(() => void own.close());
  own.bind({ fd });
  own.connect(port, address);
  await once(own, "connect");
  return { fd, own };
}

describe.skipIf(!isThere)("calls of the system for datagrams", () => {
  it("[MS23] are there on this system", () => {
    expect(datagramCallsFault).toBeUndefined();
    expect(datagramCalls).toBeDefined();
  });

  it.each(families)("[MS23] send packets together that arrive as datagrams of their own, by %s", async (...family) => {
    const [name, type, address] = family;
    const { socket, arrived } = await listen(type, address);
    const { fd, own } = await open(name, type, socket);
    const packets = place([9, 1_100, 1_100, 1_100, 700, 300]);
    expect(datagramCalls?.send(fd, packets, 1, 4)).toBe(0);
    expect(datagramCalls?.send(fd, packets, 5, 1)).toBe(0);
    await eventually(() => arrived.length === 5, { what: "what was sent" });
    expect(arrived).toEqual(["2 x 1100", "3 x 1100", "4 x 1100", "5 x 700", "6 x 300"]);
    own.on("message", (data) => arrived.push(data.toString()));
    socket.send("answer", own.address().port, address);
    await eventually(() => arrived.includes("answer"), { what: "the answer" });
  });

  it("[MS23] send as many as the system takes at once", async () => {
    const { socket, arrived } = await listen("udp4", "127.0.0.1");
    const { fd } = await open("IPv4", "udp4", socket);
    const packets = place(new Array(64).fill(400));
    expect(datagramCalls?.send(fd, packets, 0, 64)).toBe(0);
    await eventually(() => arrived.length === 64, { what: "what was sent" });
    expect(arrived).toEqual(packets.map((_, index) => `${index + 1} x 400`));
  });

  it("[MS24] say why nothing was sent", async () => {
    const { socket } = await listen("udp4", "127.0.0.1");
    const { fd } = await open("IPv4", "udp4", socket);
    // More bytes than a datagram of IP has room for.
    const packets = place(new Array(64).fill(1_500));
    expect(datagramCalls?.send(fd, packets, 0, 64)).toBe(90);
    expect(datagramCalls?.send(-1, packets, 0, 1)).toBe(9);
  });

  it("[MS24] send what a buffer holds that took the place of one that was given away", async () => {
    const { socket, arrived } = await listen("udp4", "127.0.0.1");
    const { fd } = await open("IPv4", "udp4", socket);
    const packets = place([50, 50]);
    const [first] = packets as [PlacedPacket];
    giveBufferAway(first);
    first.buffer.fill(9, first.start, first.end);
    expect(datagramCalls?.send(fd, packets, 0, 2)).toBe(0);
    await eventually(() => arrived.length === 2, { what: "what was sent" });
    expect(arrived).toEqual(["9 x 50", "2 x 50"]);
  });

  it("[MS25] name the call that failed, and leave no descriptor behind", async () => {
    const { socket } = await listen("udp4", "127.0.0.1");
    const countDescriptors = () => readdirSync("/proc/self/fd").length;
    const before = countDescriptors();
    expect(() => datagramCalls?.open("IPv4", "127.0.0.1", socket.address().port)).toThrow("bind failed with errno 98");
    expect(countDescriptors()).toBe(before);
    datagramCalls?.close(datagramCalls.open("IPv4", "127.0.0.1", 0));
    expect(countDescriptors()).toBe(before);
    expect(() => datagramCalls?.open("IPv4", "::1", 0)).toThrow("Cannot read ::1 as an address of IPv4");
    expect(() => datagramCalls?.open("IPv6", "fe80::1%eth0", 0)).toThrow("Cannot read fe80::1%eth0");
  });
});
