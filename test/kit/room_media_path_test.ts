import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { openMediaPath } from "./room_media_path.ts";

/** A UDP socket on loopback that sends back what it gets. */
async function openEcho(): Promise<number> {
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  socket.on("message", (datagram, { port, address }) => socket.send(datagram, port, address));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket.address().port;
}

function openPath(options?: Parameters<typeof openMediaPath>[0]) {
  const path = openMediaPath(options);
  onTestFinished(() => path.close());
  return path;
}

async function proxiedPort(path: ReturnType<typeof openMediaPath>, port: number): Promise<number> {
  const candidate = `candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`;
  const message = { type: "candidate", candidate: { candidate, sdpMid: "0" } };
  const { candidate: changed } = (await path.changeReceived(message)) as typeof message;
  const line = changed.candidate;
  expect(line).toMatch(/^candidate:1 1 udp 2130706431 127\.0\.0\.1 \d+ typ host$/);
  return Number(line.split(" ")[5]);
}

test("carries datagrams both ways, by a port of its own", async () => {
  const port = await openEcho();
  const path = openPath();
  const proxied = await proxiedPort(path, port);
  expect(proxied).not.toBe(port);
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  const answered = once(socket, "message");
  socket.send("hello", proxied, "127.0.0.1");
  expect(String((await answered)[0])).toBe("hello");
  expect([path.toNode, path.toPage]).toEqual([
    { passed: 1, lost: 0 },
    { passed: 1, lost: 0 },
  ]);
  expect(await proxiedPort(path, port)).toBe(proxied);
});

test("loses the share that it is told, and the same with the same seed", async () => {
  const counts = [];
  for (let round = 0; round < 2; round += 1) {
    const path = openPath({ loss: 1, seed: 7 });
    const proxied = await proxiedPort(path, await openEcho());
    const socket = createSocket("udp4");
    onTestFinished(() => void socket.close());
    socket.send("lost", proxied, "127.0.0.1");
    await expect.poll(() => path.toNode.lost).toBe(1);
    path.loss = 0.25;
    for (let number = 0; number < 400; number += 1) socket.send("maybe", proxied, "127.0.0.1");
    await expect.poll(() => path.toNode.passed + path.toNode.lost).toBe(401);
    counts.push(path.toNode.lost);
  }
  expect(counts[0]).toBe(counts[1]);
  expect(counts[0]).toBeGreaterThan(50);
  expect(counts[0]).toBeLessThan(150);
});

test("leaves no other way: the page's candidates stay with it, and the node's others are left out", async () => {
  const path = openPath();
  expect(await path.changeSent({ type: "candidate", candidate: { candidate: "candidate:1 ..." } })).toBeNull();
  expect(await path.changeSent({ type: "candidate", candidate: null })).toEqual({ type: "candidate", candidate: null });
  const sent = await path.changeSent({
    type: "offer",
    sdp: "v=0\r\na=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\na=mid:0\r\n",
  });
  expect(sent).toEqual({ type: "offer", sdp: "v=0\r\na=mid:0\r\n" });
  const tcp = "a=candidate:2 1 tcp 1 127.0.0.1 9 typ host tcptype passive";
  const received = await path.changeReceived({ type: "offer", sdp: `v=0\r\n${tcp}\r\na=mid:0\r\n` });
  expect(received).toEqual({ type: "offer", sdp: "v=0\r\na=mid:0\r\n" });
  expect(await path.changeReceived({ type: "joined" })).toEqual({ type: "joined" });
});
