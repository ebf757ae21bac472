import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  ErrorCode,
  type NatsConnection,
  NatsError,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "nats";

/** A server as `--nats` names it. */
export interface NatsServer {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Who we are there; discovered servers get the first of these. */
  readonly login?: NatsLogin;
}

/** How a node says who it is. Files are read at each attempt, so that they may be replaced while a node runs. */
export type NatsLogin =
  | { readonly kind: "user"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  /** A file that holds the seed of an NKey user, `SU...`. */
  | { readonly kind: "nkey"; readonly seedFile: string }
  /** A file as `nsc generate creds` writes it: JWT and seed. */
  | { readonly kind: "credentials"; readonly file: string };

/** Where and how the bus is reached. */
export interface NatsAccess {
  readonly servers: readonly NatsServer[];
  readonly login?: NatsLogin;
  /** With it, a server that offers no TLS is none of ours. Paths of PEM files; without a CA the ones that Node knows count. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

/** A silent server is noticed after two to three of these. Ours: sooner than the cluster gives a node up for lost. */
const pingIntervalMs = 2_000;
const maxPingOut = 2;
/** For the TCP and TLS handshakes and the greeting. Ours. */
const dialTimeoutMs = 5_000;

export interface NatsDialerOptions {
  /** What the servers' monitoring calls this connection. */
  readonly name: string;
  readonly inboxPrefix: string;
  readonly random: () => number;
}

/** Opens connections to one of several servers: those that were configured, and those that the last one named. */
export class NatsDialer {
  readonly #access: NatsAccess;
  readonly #options: NatsDialerOptions;
  #discovered: readonly NatsServer[] = [];
  #isEnded = false;

  constructor(access: NatsAccess, options: NatsDialerOptions) {
    this.#access = access;
    this.#options = options;
  }

  /** Asks each server once, in a random order, until `end`. @throws {Error} that says of each why not */
  async dial(): Promise<NatsConnection> {
    const refusals: string[] = [];
    for (const server of this.#shuffled()) {
      if (this.#isEnded) break;
      try {
        return await connect(this.#optionsFor(server));
      } catch (error) {
        refusals.push(`${shownServer(server)}: ${describe(error)}`);
      }
    }
    throw new Error(refusals.join("; "));
  }

  /** Asks no other server any more. */
  end(): void {
    this.#isEnded = true;
  }

  /** Remembers the cluster's other servers, as the one behind `connection` last named them. */
  noteServers(connection: NatsConnection): void {
    const named = connection.info?.connect_urls;
    if (named === undefined) return;
    this.#discovered = named.flatMap((hostAndPort) => {
      const url = URL.parse(`nats://${hostAndPort}`);
      return url === null ? [] : [{ host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port || 4222) }];
    });
  }

  #shuffled(): NatsServer[] {
    const all = new Map([...this.#discovered, ...this.#access.servers].map((server) => [shownServer(server), server]));
    return [...all.values()]
      .map((server) => ({ server, place: this.#options.random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ server }) => server);
  }

  #optionsFor(server: NatsServer): ConnectionOptions {
    const { name, inboxPrefix } = this.#options;
    const { tls, servers } = this.#access;
    const login = this.#access.login ?? server.login ?? servers.find((other) => other.login !== undefined)?.login;
    return {
      servers: isIP(server.host) === 6 ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`,
      name,
      inboxPrefix,
      noEcho: true,
      // The link machine opens it again: one way for the first connection and the next, and nothing that waits in buffers meanwhile.
      reconnect: false,
      // By the system's own resolver, /etc/hosts and search domains included.
      resolve: false,
      timeout: dialTimeoutMs,
      pingInterval: pingIntervalMs,
      maxPingOut,
      noAsyncTraces: true,
      ...(login === undefined ? {} : { authenticator: authenticatorOf(login) }),
      ...(tls === undefined ? {} : { tls: { ...tls, ...serverName(server.host) } }),
    };
  }
}

/** What TLS asks the server to prove (RFC 6066, 3: no addresses); Node takes an address from the socket. */
function serverName(host: string): object {
  return isIP(host) === 0 ? { servername: host } : {};
}

function authenticatorOf(login: NatsLogin): Authenticator {
  switch (login.kind) {
    case "user":
      return usernamePasswordAuthenticator(login.user, login.password);
    case "token":
      return tokenAuthenticator(login.token);
    case "nkey":
      return nkeyAuthenticator(new TextEncoder().encode(readFileSync(login.seedFile, "utf8").trim()));
    case "credentials":
      return credsAuthenticator(readFileSync(login.file));
  }
}

function shownServer({ host, port }: NatsServer): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Why an attempt failed, without anything that it was made with. */
function describe(error: unknown): string {
  if (!(error instanceof NatsError)) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === undefined ? String(message ?? error) : `${code}`;
  }
  switch (error.code) {
    case ErrorCode.ConnectionRefused:
      return "connection refused";
    case ErrorCode.AuthorizationViolation:
      return "it does not accept our credentials";
    case ErrorCode.BadAuthentication:
    case ErrorCode.BadCreds:
      return "it wants other credentials than we have";
    case ErrorCode.ServerOptionNotAvailable:
      return "it offers no TLS";
    case ErrorCode.Timeout:
    case ErrorCode.ConnectionTimeout:
      return `no answer within ${dialTimeoutMs} ms`;
    default:
      return error.chainedError?.message ?? error.message;
  }
}
