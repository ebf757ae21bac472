import { join } from "node:path";
import { startCoturnProcess } from "../coturn_process.ts";
import type { Mailbox } from "../mailbox.ts";
import { makeSelfSigned, selfSignedFile } from "../test_certificates.ts";
import type { Host } from "./internet.ts";

/** A real coturn on a machine of a network, for UDP and TCP on port 3478 and TLS on port 443. Whoever started it closes it. */
export interface NetworkTurnServer {
  readonly urls: Readonly<Record<"stun" | "udp" | "tcp" | "tls", string>>;
  /** Its certificate, which it signed itself. */
  readonly certificateFile: string;
  readonly log: Mailbox<string>;
  close(): Promise<void>;
}

/**
 * Starts coturn and waits until it listens.
 *
 * @param secret what it shares with those who issue credentials
 * @throws Error with its log when it does not.
 */
export async function startNetworkTurnServer({ namespace, address }: Host, secret: string): Promise<NetworkTurnServer> {
  const { log, folder, stop } = await startCoturnProcess({
    flags: (own) => {
      const { certificateFile, keyFile } = makeSelfSigned(own, `IP:${address}`);
      const tls = ["--tls-listening-port", "443", "--cert", certificateFile, "--pkey", keyFile];
      const auth = ["--use-auth-secret", `--static-auth-secret=${secret}`];
      return ["-L", address, "-E", address, "-p", "3478", "--no-tcp-relay", ...tls, ...auth];
    },
    // It listens for UDP last.
    readyLines: [/UDP listener opened on ?: \d/],
    place: namespace,
  });
  const urls = {
    stun: `stun:${address}:3478`,
    udp: `turn:${address}:3478?transport=udp`,
    tcp: `turn:${address}:3478?transport=tcp`,
    tls: `turns:${address}:443?transport=tcp`,
  };
  return { urls, certificateFile: join(folder, selfSignedFile), log, close: stop };
}
