import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** One address for several nodes, as a load balancer gives them. Whoever started it closes it. */
export interface Front {
  /** `ws://127.0.0.1:<port>/ws`. */
  readonly wsUrl: string;
  /** The nodes that take new connections, by their `wsUrl`: the first of them that can be reached. To be changed at will. */
  targets: readonly string[];
  /** Resets every connection, as a network does that is gone: new ones go to the targets of now. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a front on a free port of loopback. */
export async function startFront(targets: readonly string[]): Promise<Front> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const front = { wsUrl: "", targets, cut, close };
  const server = createServer((near) => {
    keep(near);
    dial(near, [...front.targets]);
  });
  const dial = (near: Socket, [target, ...others]: readonly string[]): void => {
    if (target === undefined) {
      near.resetAndDestroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const far = connect(Number(port), hostname);
    keep(far);
    let isConnected = false;
    far.on("connect", () => {
      isConnected = true;
      near.pipe(far).pipe(near);
      near.on("close", () => far.destroy());
    });
    far.on("close", () => {
      if (isConnected) near.resetAndDestroy();
      else dial(near, others);
    });
  };
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  front.wsUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
  return front;
}
