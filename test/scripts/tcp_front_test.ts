import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { TcpFront } from "../../scripts/cluster/tcp_front.ts";

/** A server that does `serve` with each connection; the port it has, or had once it is closed. */
async function startServer(serve: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on("error", () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port, close };
}

async function startFront(backends: readonly { host: string; port: number }[]): Promise<TcpFront> {
  const front = await TcpFront.listen({ host: "127.0.0.1", port: 0, backends: () => backends });
  onTestFinished(() => front.close());
  return front;
}

/** What comes back for `sent`, to the end of the connection. */
function ask(front: TcpFront, sent = ""): Promise<string> {
  const socket = connect({ port: front.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(sent);
  return text(socket);
}

test("[CW20] connections go to the backends in turns, and past those that take none", async () => {
  const servers = await Promise.all(["a", "b", "c"].map((name) => startServer((socket) => socket.end(name))));
  const front = await startFront(servers);
  const answers = async (count: number) => {
    const all: string[] = [];
    for (let index = 0; index < count; index++) all.push(await ask(front));
    return all.join("");
  };
  expect(await answers(6)).toBe("abcabc");
  await servers[1]?.close();
  expect(await answers(6)).toBe("accacc");
  await servers[0]?.close();
  await servers[2]?.close();
  expect(await answers(2), "nobody is there").toBe("");
});

test("[CW20] everything goes through, both ways and to the end, also when one side has ended before", async () => {
  const size = 3_000_000;
  const server = await startServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("end", () => socket.end(Buffer.concat(chunks).toString().toUpperCase()));
  });
  const front = await startFront([server]);
  expect(await ask(front, "x".repeat(size))).toBe("X".repeat(size));
});

test("[CW20] a connection that is cut off at one end ends at the other", async () => {
  for (const cut of ["the server", "the client"] as const) {
    const accepted = Promise.withResolvers<Socket>();
    const front = await startFront([await startServer((socket) => accepted.resolve(socket))]);
    const client = connect({ port: front.port, host: "127.0.0.1" }).on("error", () => undefined);
    const server = await accepted.promise;
    const [first, second] = cut === "the server" ? [server, client] : [client, server];
    const ended = new Promise((resolve) => second.once("end", resolve).once("close", resolve).resume());
    first.resetAndDestroy();
    await ended;
  }
});
