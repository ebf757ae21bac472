import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { createServer as createTlsServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { classes, createTurnClient, Message, methods, parseMessage, type TurnProtocol } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import { startTurnServer, type TurnServer } from "../../kit/turn_server.ts";

// The TURN client of the engine, by itself, at a real coturn.

const users = { ann: "her-password" };
type ClientOptions = Parameters<typeof createTurnClient>[1];

function addressOf(url: string): [string, number] {
  const [, host = "", port] = /^turns?:\[?(.+?)\]?:(\d+)(?:\?|$)/.exec(url) ?? [];
  return [host, Number(port)];
}

async function allocate(url: string, options: ClientOptions = {}): Promise<TurnProtocol> {
  const config = { address: addressOf(url), username: "ann", password: users.ann };
  const turn = await createTurnClient(config, options);
  onTestFinished(() => turn.close());
  return turn;
}

/** A peer of a relay that sends everything back, and counts it. */
async function openPeer(turn: TurnServer) {
  const socket = createSocket("udp4").bind(0, addressOf(turn.url)[0]);
  await once(socket, "listening");
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on("message", (data, { address, port }) => socket.send(data, port, address));
  const { address, port } = socket.address();
  return { socket, address: [address, port] as const };
}

/** What comes by a relay. */
function listen(client: TurnProtocol): Mailbox<string> {
  const received = new Mailbox<string>("data by the relay", (text) => text);
  client.onData.subscribe((data) => received.push(String(data)));
  return received;
}

test("[RLY5] a relay outlives the life of its allocation, of its channels and of its permissions", async () => {
  const lives = ["--max-allocate-lifetime=4", "--channel-lifetime=4", "--permission-lifetime=4", "--stale-nonce=2"];
  const turn = await startTurnServer({ users, flags: lives });
  const [kept, left, peer] = await Promise.all([allocate(turn.url), allocate(turn.url), openPeer(turn)]);
  // In seconds; the default is for the lives that RFC 8656 names.
  Object.assign(kept, { channelRefreshTime: 1 });
  const [here, there] = [listen(kept), listen(left)];
  const [startedAt, lastHeard] = [performance.now(), { kept: 0, left: 0 }];
  await eventually(
    async () => {
      const elapsed = performance.now() - startedAt;
      await Promise.all([
        kept.sendData(Buffer.from("kept"), peer.address),
        left.sendData(Buffer.from("left"), peer.address),
      ]);
      if ((await here.next(() => true, { timeoutMs: 500 }).catch(() => undefined)) !== undefined)
        lastHeard.kept = elapsed;
      if ((await there.next(() => true, { timeoutMs: 100 }).catch(() => undefined)) !== undefined)
        lastHeard.left = elapsed;
      return elapsed > 9_000;
    },
    { what: "twice the life of everything", timeoutMs: 14_000, intervalMs: 100 },
  );
  expect(lastHeard.kept).toBeGreaterThan(8_000);
  // What is not refreshed ends, or the above proves nothing.
  expect(lastHeard.left).toBeLessThan(7_000);
});

test.each([
  ["UDP", "udp"],
  ["TCP", "tcp"],
] as const)("[RLY6] an allocation that the server does not have any more is noticed, over %s", async (_, transport) => {
  const first = await startTurnServer({ users });
  const client = await allocate(first.url, { transport });
  const lost = Promise.withResolvers<unknown>();
  client.onLost.once(lost.resolve);
  await first.stop();
  if (transport === "udp") {
    await startTurnServer({ users, port: first.port });
    await expect(client.renew()).rejects.toThrow();
  }
  await lost.promise;
  expect(client.isLost).toBe(true);
  await expect(client.renew()).rejects.toThrow("ended");
});

test("[RLY8] closing ends the allocation at the server", async () => {
  const turn = await startTurnServer({ users });
  for (const transport of ["udp", "tcp"] as const) {
    const client = await allocate(turn.url, { transport });
    await client.close();
    await turn.log.next((line) => /delete: .*allocation|closed \(.*ann/.test(line), {
      what: "coturn to end the session",
    });
  }
});

test("[RLY17] a nonce that is another one by the time that a challenge is answered is taken, too; what is refused for ever is given up", async () => {
  const nonces: string[] = [];
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  let refusals = 1;
  server.on("message", (data, { address, port }) => {
    const request = parseMessage(data);
    if (request?.messageMethod !== methods.ALLOCATE) return;
    const isSigned = request.attributesKeys.includes("MESSAGE-INTEGRITY");
    if (isSigned) nonces.push(String(request.getAttributeValue("NONCE")));
    const isRefused = !isSigned || refusals-- > 0;
    const answer = new Message(methods.ALLOCATE, isRefused ? classes.ERROR : classes.RESPONSE, request.transactionId);
    if (isRefused) {
      answer.setAttribute("ERROR-CODE", isSigned ? [438, "Wrong nonce"] : [401, "Unauthorized"]);
      answer.setAttribute("REALM", "test").setAttribute("NONCE", Buffer.from(`nonce${nonces.length}`));
    } else {
      answer.setAttribute("XOR-RELAYED-ADDRESS", ["127.0.0.1", 1]).setAttribute("XOR-MAPPED-ADDRESS", [address, port]);
      answer.setAttribute("LIFETIME", 600).addMessageIntegrity(keyOf("ann", "test", users.ann));
    }
    server.send(answer.bytes, port, address);
  });
  const url = `turn:127.0.0.1:${(server.address() as AddressInfo).port}`;
  await allocate(url);
  expect(nonces).toEqual(["nonce0", "nonce1"]);
  refusals = Number.POSITIVE_INFINITY;
  await expect(allocate(url)).rejects.toThrow();
  expect(nonces).toHaveLength(5);
});

/** RFC 8489, 9.2.2. */
function keyOf(username: string, realm: string, password: string): Buffer {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

test("[RLY9] TLS names the server, and takes no certificate that nobody vouches for or that is for another name", async () => {
  const turn = await startTurnServer({ users, hasTls: true });
  const ca = readFileSync(turn.certificateFile, "utf8");
  await expect(allocate(turn.tlsUrl, { transport: "tls" })).rejects.toThrow(/self-signed certificate/);
  await allocate(turn.tlsUrl, { transport: "tls", tlsOptions: { ca } });
  await allocate(turn.tlsUrl.replace("localhost", "127.0.0.1"), { transport: "tls", tlsOptions: { ca } });

  const names = new Mailbox<string>("a name that a client asks for", (name) => name);
  const SNICallback = (name: string, answer: (error: Error) => void) => {
    names.push(name);
    answer(new Error("no such name"));
  };
  const server = createTlsServer({ SNICallback }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  server.on("tlsClientError", () => undefined);
  await once(server, "listening");
  const url = `turns:localhost:${(server.address() as AddressInfo).port}`;
  await expect(allocate(url, { transport: "tls" })).rejects.toThrow();
  expect(await names.next()).toBe("localhost");
});

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === "::1"));

test.skipIf(!hasIpv6)("[RLY10] a TURN server is reached by its IPv6 address", async () => {
  const turn = await startTurnServer({ users, listensAt: "::1" });
  expect(turn.url).toContain("turn:[::1]:");
  for (const transport of ["udp", "tcp"] as const) {
    const client = await allocate(turn.url, { transport });
    expect(client.relayedAddress[1]).toBeGreaterThan(0);
  }
});

/** A server that does what a test wants, in the place of a TURN server. */
async function serve(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).resume();
    onConnection(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `turn:127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("[RLY11] a stream on which something else than TURN comes is closed, and so is the attempt", async () => {
  const closed = Promise.withResolvers<void>();
  const url = await serve((socket) => {
    socket.write(Buffer.alloc(1_000, 0xff));
    socket.once("close", () => closed.resolve());
  });
  await expect(allocate(url, { transport: "tcp" })).rejects.toThrow("closed the connection");
  await closed.promise;
});

test("[RLY11] no more than a bound waits for a server that takes nothing", async () => {
  const turn = await startTurnServer({ users });
  const client = await allocate(turn.url, { transport: "tcp" });
  const peer = await openPeer(turn);
  const [host, port] = peer.address;
  await client.sendData(Buffer.from("bind"), peer.address);
  turn.signal("SIGSTOP");
  const packet = Buffer.alloc(1_200);
  const { stream } = client.transport as unknown as { readonly stream: { readonly client: Socket } };
  for (let sent = 0; sent < 32_768; sent += 1) {
    expect(client.sendNow(packet, 0, packet.length, host, port)).toBe(true);
  }
  expect(stream.client.writableLength).toBeGreaterThan(200_000);
  expect(stream.client.writableLength).toBeLessThanOrEqual(262_144 + packet.length + 4);
  turn.signal("SIGCONT");
});

test("[RLY12] nobody but the server is heard by the socket of a relay", async () => {
  const turn = await startTurnServer({ users });
  const client = await allocate(turn.url);
  const peer = await openPeer(turn);
  const received = listen(client);
  await client.sendData(Buffer.from("first"), peer.address);
  expect(await received.next()).toBe("first");
  const { port } = client.transport.address;
  const forged = Buffer.concat([Buffer.from([0x40, 0x00, 0x00, 0x06]), Buffer.from("forged")]);
  const stranger = await openPeer(turn);
  await new Promise((resolve) => stranger.socket.send(forged, port, peer.address[0], resolve));
  await client.sendData(Buffer.from("second"), peer.address);
  expect(await received.next()).toBe("second");
  expect(received.seen).toEqual(["first", "second"]);
});
