import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";

export interface TcpFrontOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Asked at every connection, so that they may change. */
  readonly backends: () => readonly { readonly host: string; readonly port: number }[];
}

/** One port in front of several: connections go to them in turns, and past those that do not take any. */
export class TcpFront {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @throws the system's error when it cannot listen. */
  static async listen({ host, port, backends }: TcpFrontOptions): Promise<TcpFront> {
    const sockets = new Set<Socket>();
    let turn = 0;
    // What a client says before it has a backend waits in its socket.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      keep(client, sockets);
      const all = backends();
      const first = turn++;
      connect(
        client,
        all.map((_, index) => all[(first + index) % all.length]).filter((backend) => backend !== undefined),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return new TcpFront(server, sockets);

    function connect(client: Socket, [backend, ...others]: readonly { host: string; port: number }[]): void {
      if (backend === undefined || client.destroyed) return void client.destroy();
      const upstream = createConnection({ ...backend, allowHalfOpen: true, noDelay: true });
      keep(upstream, sockets);
      const tryNext = () => connect(client, others);
      upstream.once("error", tryNext);
      upstream.once("connect", () => {
        upstream.off("error", tryNext);
        upstream.on("error", () => client.destroy());
        client.on("error", () => upstream.destroy());
        client.pipe(upstream).pipe(client);
      });
    }
  }

  /** Frees the port and cuts every connection off. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** An error of a socket ends it, which whoever is at its other end sees. */
function keep(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
  socket.on("error", () => socket.destroy());
}
