import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP connection between a client and a server that a test can break. Whoever started it closes it. */
export interface TcpProxy {
  /** The target's URL with this proxy's address. */
  readonly url: string;
  /** The same, of a target that is a WebSocket. */
  readonly wsUrl: string;
  /** Resets every connection that goes through now, on both sides: no close frame, no FIN. */
  cut(): void;
  /** Lets nothing through any more while every connection stays open: a silent partition. */
  freeze(): void;
  /** Lets through what comes on new connections; of those that were frozen, bytes are missing. */
  thaw(): void;
  /** Reads nothing any more, from connections there are and those to come, and closes none. */
  hold(): void;
  /** Passes on what was held, to the last byte and the end of each connection, as late as it is. */
  release(): void;
  /** Resets every connection, and those to come. */
  sever(): void;
  /** Lets connections through again. */
  mend(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of `host` (default: loopback) in front of a URL, such as a node's `wsUrl`. */
export async function startTcpProxy(targetUrl: string, host = "127.0.0.1"): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let isFrozen = false;
  let isHeld = false;
  let isSevered = false;
  const server = createServer((near) => {
    if (isSevered) {
      near.on("error", () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (!isFrozen) to.write(chunk);
      });
      if (isHeld) from.pause();
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        if (!isFrozen) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const address = `//${host}:${port}${target.pathname}`;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `${target.protocol}${address}`,
    wsUrl: `ws:${address}`,
    cut,
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
    },
    hold() {
      isHeld = true;
      for (const socket of sockets) socket.pause();
    },
    release() {
      isHeld = false;
      for (const socket of sockets) socket.resume();
    },
    sever() {
      isSevered = true;
      cut();
    },
    mend() {
      isSevered = false;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
