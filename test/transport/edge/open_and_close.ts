import { Edge } from "../../../transport/edge/edge.ts";
import { limits } from "./default_limits.ts";

// A program that has had a listener with sockets of all kinds: it must end by itself, since nothing is left to wait for.
const edge = await Edge.listen({
  host: "127.0.0.1",
  port: 0,
  listener: { socketOpened() {}, messageReceived() {}, socketClosed() {} },
  readiness: () => ({ status: "ready" }),
  limits,
});
await (await fetch(`${edge.url}/demo/main.ts`)).text();
const sockets = await Promise.all(
  Array.from({ length: 5 }, async () => {
    const socket = new WebSocket(`${edge.url.replace("http", "ws")}/ws`);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    return socket;
  }),
);
sockets[0]?.send("{");
await edge.close();
process.stdout.write("closed\n");
