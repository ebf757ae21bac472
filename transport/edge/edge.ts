import { App, SSLApp, type TemplatedApp, us_listen_socket_close, us_socket_local_port } from "uWebSockets.js";
import type { SignallingListener } from "../../actors/ports.ts";
import { ApiRoute, type ApiRouteOptions } from "./api_route.ts";
import type { EdgeLimits } from "./edge_limits.ts";
import { HttpRoutes, internalError, type Readiness } from "./http_routes.ts";
import { writeAnswer } from "./http_writer.ts";
import { InspectRoute, type InspectRouteOptions } from "./inspect_route.ts";
import { authorityOf, listenFailure } from "./listen_failure.ts";
import { type FaultContext, SignallingRoute } from "./signalling_route.ts";
import { demoFolder, readBundledPages, readClientPages, readStaticPages } from "./static_pages.ts";
import { checkTlsFiles, refusedByEngine, type TlsFiles } from "./tls_files.ts";

/** `LIBUS_LISTEN_DEFAULT` and `LIBUS_LISTEN_EXCLUSIVE_PORT`, which the engine's types do not export. */
const listenOptions = { shared: 0, exclusive: 1 } as const;
/** How long a stop waits for clients that do not take their last messages. Ours. */
const closeTimeoutMs = 2_000;
/** How long closed sockets may take to say goodbye over TCP before the rest is cut off: a round trip, generously. Ours. */
const farewellMs = 250;

/** What a listener is given. */
export interface EdgeOptions {
  /** An address of this machine, `0.0.0.0`, `::` or a name. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Others may listen on the port at the same time, and each gets a part of the connections (SO_REUSEPORT); not with port 0. */
  readonly isPortShared?: boolean;
  readonly tls?: TlsFiles;
  readonly listener: SignallingListener;
  /** Asked at every `GET /readyz`. */
  readonly readiness: () => Readiness;
  readonly limits: EdgeLimits;
  /** Without it there is no `/inspect`. */
  readonly inspection?: InspectRouteOptions;
  /** Without it there is no `/api`. */
  readonly api?: Omit<ApiRouteOptions, "isLast" | "onError">;
  /** Told of what `listener` or `readiness` throws, for the log (default: a process warning). */
  readonly onError?: (error: unknown, context: FaultContext) => void;
  /** Where the connection check's pages are (default: web/demo). */
  readonly pagesFolder?: string;
  /** Milliseconds on a clock that never goes back (default: `performance.now`). */
  readonly now?: () => number;
}

type ListenSocket = Parameters<typeof us_listen_socket_close>[0];
/** The engine takes host, port, options and callback together, which its types do not say. */
type ListenOnHost = (
  host: string,
  port: number,
  options: number,
  told: (socket: ListenSocket | false) => void,
) => TemplatedApp;

interface Bound {
  readonly socket: ListenSocket;
  readonly url: string;
  readonly now: () => number;
  readonly stopInspecting: () => void;
}

/** The one listener of a node: signalling over WebSocket, the pages and the probes over HTTP. Whoever opened it closes it. */
export class Edge {
  /** `http://` or `https://` with the real port; an IPv6 host stands in brackets. */
  readonly url: string;
  readonly #app: TemplatedApp;
  readonly #route: SignallingRoute;
  readonly #now: () => number;
  readonly #stopInspecting: () => void;
  #listenSocket: ListenSocket | undefined;
  #closed: Promise<void> | undefined;

  private constructor(app: TemplatedApp, route: SignallingRoute, bound: Bound) {
    this.#app = app;
    this.#route = route;
    this.#now = bound.now;
    this.#stopInspecting = bound.stopInspecting;
    this.#listenSocket = bound.socket;
    this.url = bound.url;
  }

  /**
   * Listens, alone on its port unless it is shared.
   *
   * @throws {SignalboxError} `bad-config` for a certificate or key that cannot be used, or a host or port that cannot be had.
   */
  static async listen(options: EdgeOptions): Promise<Edge> {
    const { host, port, tls, listener, readiness, limits, now = () => performance.now(), onError = warn } = options;
    if (tls !== undefined) checkTlsFiles(tls);
    const checkPages = readStaticPages(options.pagesFolder ?? demoFolder);
    const pages = new Map([...readBundledPages(), ...readClientPages(), ...checkPages]);
    const routes = new HttpRoutes(pages, readiness);
    const app = tls === undefined ? App() : secureApp(tls);
    const route = new SignallingRoute({ listener, limits, now, onError });
    let edge: Edge | undefined;
    app.ws("/ws", route.behavior());
    const inspectRoute = options.inspection === undefined ? undefined : new InspectRoute(options.inspection);
    if (inspectRoute !== undefined) {
      app.ws("/inspect", inspectRoute.behavior());
      app.get("/inspect", (res, req) =>
        writeAnswer(res, inspectRoute.answer(res, req), { isHead: false, isLast: edge?.isAccepting !== true }),
      );
    }
    if (options.api !== undefined) {
      const apiRoute = new ApiRoute({ ...options.api, isLast: () => edge?.isAccepting !== true, onError });
      app.any("/api/*", (res, req) => apiRoute.answer(res, req));
    }
    app.any("/*", (res, req) => {
      const [method, path] = [req.getCaseSensitiveMethod(), req.getUrl()];
      const isLast = edge?.isAccepting !== true;
      // An exception that leaves a handler without an answer would end the process.
      try {
        const answer = routes.answer({ method, path, ifNoneMatch: req.getHeader("if-none-match") });
        writeAnswer(res, answer, { isHead: method === "HEAD", isLast });
      } catch (error) {
        writeAnswer(res, internalError, { isHead: method === "HEAD", isLast });
        onError(error, { doing: `${method} ${path} was answered` });
      }
    });
    let socket: ListenSocket | false = false;
    (app.listen as unknown as ListenOnHost)(
      host,
      port,
      listenOptions[options.isPortShared === true ? "shared" : "exclusive"],
      (bound) => {
        socket = bound;
      },
    );
    if (socket === false) {
      await route.stop(0);
      app.close();
      throw await listenFailure(host, port);
    }
    const authority = authorityOf(host, us_socket_local_port(socket));
    const url = `${tls === undefined ? "http" : "https"}://${authority}`;
    edge = new Edge(app, route, { socket, url, now, stopInspecting: () => inspectRoute?.stop() });
    return edge;
  }

  /** Whether new connections are taken. */
  get isAccepting(): boolean {
    return this.#listenSocket !== undefined;
  }

  /** Turns new clients away with a hint to connect again; everything else is answered as before, and the sockets that are open go on. */
  turnAway(): void {
    this.#route.stopAccepting();
  }

  /** Gives the port back; the sockets that are open go on, new ones are turned away. */
  stopAccepting(): void {
    this.#route.stopAccepting();
    if (this.#listenSocket === undefined) return;
    us_listen_socket_close(this.#listenSocket);
    this.#listenSocket = undefined;
  }

  /** Stops accepting, closes every socket with 1012 and frees all; takes 2.5 s at most. Every call waits for the same end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.stopAccepting();
    this.#stopInspecting();
    await this.#route.stop(closeTimeoutMs);
    // The engine does not tell when a closed socket's connection is gone, and cutting it off can lose the close frame.
    const farewellLeftMs = this.#route.lastClosedAtMs + farewellMs - this.#now();
    if (farewellLeftMs > 0) await new Promise((resolve) => setTimeout(resolve, farewellLeftMs));
    this.#app.close();
  }
}

function secureApp(tls: TlsFiles): TemplatedApp {
  try {
    return SSLApp({ key_file_name: tls.keyFile, cert_file_name: tls.certFile });
  } catch (cause) {
    throw refusedByEngine(tls, cause);
  }
}

function warn(error: unknown, { doing }: FaultContext): void {
  process.emitWarning(`A fault while ${doing}: ${error instanceof Error ? error.stack : error}`, "SignalboxWarning");
}
