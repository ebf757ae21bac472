import { createSocket } from "node:dgram";
import { isIP, isIPv6, connect as tcpConnect } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { IceFailure } from "./ice_failure.ts";
import type { ParsedIceUrl } from "./parsed_ice_url.ts";
import { stunFrameBytes } from "./stun_message.ts";

/** For the handshakes of TCP and TLS, in milliseconds. Ours. */
const connectTimeoutMs = 4_000;
/** Longest message of a stream: a header and what its length can say. */
const maxFrameBytes = 65_555;

/** Who hears of a channel. */
export interface StunChannelListener {
  message(bytes: Buffer): void;
  /** It is of no use any more. */
  failed(code: string): void;
}

/** A certificate as a server showed it. */
export interface ShownCertificate {
  /** Why it is not to be trusted, as Node names it; undefined when it is. */
  readonly fault: string | undefined;
  readonly expiresAtMs: number;
  /** Whom it is for, and who signed it. */
  readonly names: string;
  readonly issuer: string;
}

/** A way to a server that carries STUN messages. Whoever opens it closes it. */
export interface StunChannel {
  /** What is sent arrives, or the channel fails. */
  readonly isReliable: boolean;
  /** How long the handshakes took, in milliseconds; 0 for UDP. */
  readonly connectMs: number;
  /** Of TLS. */
  readonly certificate?: ShownCertificate;
  send(bytes: Buffer): void;
  /** From now on; what came before is lost. */
  listen(listener: StunChannelListener): void;
  close(): void;
}

/** Opens a channel to the address of a server. @throws {IceFailure} of the step `connect` */
export async function openStunChannel(server: ParsedIceUrl, address: string): Promise<StunChannel> {
  if (server.transport === "udp") return await openDatagrams(address, server.port);
  return await openStream(server, address);
}

async function openDatagrams(address: string, port: number): Promise<StunChannel> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  let listener: StunChannelListener | undefined;
  await new Promise<void>((resolve, reject) => {
    const told = (error?: unknown) => {
      if (error === undefined || error === null) return resolve();
      socket.close();
      reject(failure(error));
    };
    socket.once("error", told);
    // Connected, it is told when the port is closed (ICMP). Node gives the callback the error of a way that there is none.
    socket.connect(port, address, told);
  });
  socket.removeAllListeners("error");
  socket.on("error", (error: NodeJS.ErrnoException) => listener?.failed(error.code ?? "unknown"));
  socket.on("message", (bytes) => listener?.message(bytes));
  let isClosed = false;
  return {
    isReliable: false,
    connectMs: 0,
    send: (bytes) => {
      if (!isClosed)
        socket.send(bytes, (error) => error && listener?.failed((error as NodeJS.ErrnoException).code ?? ""));
    },
    listen: (told) => {
      listener = told;
    },
    close: () => {
      if (!isClosed) socket.close();
      isClosed = true;
    },
  };
}

async function openStream({ transport, host, port }: ParsedIceUrl, address: string): Promise<StunChannel> {
  const beganMs = performance.now();
  const socket =
    transport === "tcp"
      ? tcpConnect({ host: address, port, noDelay: true })
      : tlsConnect({
          host: address,
          port,
          // What is wrong with the certificate is told; no password goes over this way.
          rejectUnauthorized: false,
          ...(isIP(host) === 0 ? { servername: host } : {}),
        });
  let listener: StunChannelListener | undefined;
  await new Promise<void>((resolve, reject) => {
    let code = "TIMEOUT";
    if (transport === "tls") socket.once("connect", () => (code = "TLS-TIMEOUT"));
    const timer = setTimeout(() => socket.destroy(new IceFailure("connect", { code })), connectTimeoutMs);
    socket.once("close", () => clearTimeout(timer));
    socket.once("error", (error) => reject(error instanceof IceFailure ? error : failure(error)));
    socket.once("close", () => reject(new IceFailure("connect", { code: "ECONNRESET" })));
    socket.once(transport === "tcp" ? "connect" : "secureConnect", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  socket.on("error", (error: NodeJS.ErrnoException) => listener?.failed(error.code ?? "unknown"));
  socket.on("close", () => listener?.failed("ECONNRESET"));
  let waiting = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => {
    waiting = Buffer.concat([waiting, bytes]);
    for (let length = stunFrameBytes(waiting); length !== undefined; length = stunFrameBytes(waiting)) {
      if (waiting.length < length && waiting.length <= maxFrameBytes) break;
      listener?.message(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  });
  const connectMs = performance.now() - beganMs;
  return {
    isReliable: true,
    connectMs,
    ...(transport === "tcp" ? {} : { certificate: certificateOf(socket as TLSSocket) }),
    send: (bytes) => void socket.write(bytes),
    listen: (told) => {
      listener = told;
    },
    close: () => {
      listener = undefined;
      socket.destroy();
    },
  };
}

function certificateOf(socket: TLSSocket): ShownCertificate {
  const { valid_to = "", subjectaltname = "", subject, issuer } = socket.getPeerCertificate();
  // Node gives a code here, whatever its types say.
  const fault = socket.authorized ? undefined : String(socket.authorizationError);
  const names = subjectaltname.replaceAll(/DNS:|IP Address:/g, "") || nameOf(subject);
  return { fault, expiresAtMs: Date.parse(valid_to), names: names.slice(0, 200), issuer: nameOf(issuer) };
}

function nameOf(whom: { readonly CN?: unknown; readonly O?: unknown } | undefined): string {
  return String(whom?.CN ?? whom?.O ?? "nobody").slice(0, 200);
}

function failure(error: unknown): IceFailure {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  return new IceFailure("connect", { code });
}
