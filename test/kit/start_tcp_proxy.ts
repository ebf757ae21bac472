import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP connection between a client and a node that a test can break. Whoever started it closes it. */
export interface TcpProxy {
  /** The target's WebSocket URL with this proxy's address. */
  readonly wsUrl: string;
  /** Resets every connection that goes through now, on both sides: no close frame, no FIN. */
  cut(): void;
  /** Lets nothing through any more while every connection stays open: a silent partition. */
  freeze(): void;
  /** Lets through what comes on new connections; of those that were frozen, bytes are missing. */
  thaw(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of loopback in front of a node's `wsUrl`. */
export async function startTcpProxy(wsUrl: string): Promise<TcpProxy> {
  const target = new URL(wsUrl);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (!isFrozen) to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        if (!isFrozen) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    wsUrl: `ws://127.0.0.1:${port}${target.pathname}`,
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
