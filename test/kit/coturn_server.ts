import { onTestFinished } from "vitest";
import { startCoturnProcess } from "./coturn_process.ts";
import { freePort } from "./free_port.ts";
import { freeUdpAndTcpPort } from "./free_udp_port.ts";
import type { Mailbox } from "./mailbox.ts";

export interface CoturnOptions {
  /** Users and passwords, secrets, who may be sent to. */
  readonly flags: readonly string[];
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** A real coturn on loopback over UDP, TCP and, with a certificate, TLS; it ends with the test. */
export interface CoturnServer {
  readonly port: number;
  readonly tlsPort: number;
  readonly log: Mailbox<string>;
}

/** @throws Error with its log when it does not listen */
export async function startCoturnServer({ flags, tls }: CoturnOptions): Promise<CoturnServer> {
  const [port, tlsPort] = [await freeUdpAndTcpPort(), await freePort()];
  const args = ["-L", "127.0.0.1", "-E", "127.0.0.1", "-p", `${port}`, ...flags];
  if (tls === undefined) args.push("--no-tls");
  else args.push("--tls-listening-port", `${tlsPort}`, "--cert", tls.certFile, "--pkey", tls.keyFile);
  const readyLines = [/UDP listener opened on ?: 127/];
  if (tls !== undefined) readyLines.push(new RegExp(`opened on ?: 127.0.0.1:${tlsPort}`));
  const { log, stop } = await startCoturnProcess({ flags: () => args, readyLines });
  onTestFinished(stop);
  return { port, tlsPort, log };
}
