import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConnectedSocket } from "../../../transport/media/connected_socket.ts";
import { eventually } from "../../kit/eventually.ts";

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  onTestFinished(() => void socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

function collect(socket: Socket): string[] {
  const texts: string[] = [];
  socket.on("message", (data, { port }) => texts.push(`${data} from ${port}`));
  return texts;
}

describe.skipIf(process.platform !== "linux")("a connected socket", () => {
  it("[MS19] sends from the port of the ICE socket, which still hears everybody", async () => {
    const [ice, remote, other] = await Promise.all([bind(), bind(), bind()]);
    const heard = collect(ice);
    const arrived = collect(remote);
    const connected = new ConnectedSocket({
      local: ice,
      remote: remote.address(),
      onMessage: (data, info) => ice.emit("message", data, info),
    });
    await eventually(() => connected.isOpen, { what: "the socket to be open" });
    const { port } = ice.address();
    connected.socket.send(Buffer.from("by the second"));
    ice.send("by the first", remote.address().port, "127.0.0.1");
    remote.send("answer", port, "127.0.0.1");
    other.send("check", port, "127.0.0.1");
    await eventually(() => heard.length === 2 && arrived.length === 2, { what: "what was sent" });
    expect(arrived.sort()).toEqual([`by the first from ${port}`, `by the second from ${port}`]);
    expect(heard.sort()).toEqual([`answer from ${remote.address().port}`, `check from ${other.address().port}`]);
    connected.close();
    connected.close();
    expect(connected.isOpen).toBe(false);
    remote.send("after", port, "127.0.0.1");
    await eventually(() => heard.length === 3, { what: "what came after it closed" });
  });

  it("[MS19] gives up when nobody listens at the remote, and leaves the ICE socket alone", async () => {
    const [ice, remote] = await Promise.all([bind(), bind()]);
    const gone = createSocket("udp4");
    gone.bind(0, "127.0.0.1");
    await once(gone, "listening");
    const address = gone.address();
    gone.close();
    const connected = new ConnectedSocket({ local: ice, remote: address, onMessage: () => undefined });
    await eventually(() => connected.isOpen, { what: "the socket to be open" });
    connected.socket.send(Buffer.from("is anybody there"));
    await eventually(() => !connected.isOpen, { what: "the socket to give up" });
    const arrived = collect(remote);
    ice.send("still here", remote.address().port, "127.0.0.1");
    await eventually(() => arrived.length === 1, { what: "the ICE socket to send" });
  });
});
