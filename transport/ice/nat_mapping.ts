import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mappedAddressOf } from "./stun_client.ts";
import {
  createStunMessage,
  type Endpoint,
  encodeStunMessage,
  parseStunMessage,
  stunClasses,
  stunMethods,
} from "./stun_message.ts";

/** Between repetitions, and how many there are. Ours: an answer that takes longer than 1.5 s is none. */
const repetitionMs = 300;
const repetitions = 5;

/** One socket as several servers see it. */
export interface NatMapping {
  readonly localPort: number;
  /** By the server's place in the list; undefined for one that did not answer. */
  readonly mapped: readonly (Endpoint | undefined)[];
}

/**
 * Asks several STUN servers from one IPv4 socket where its packets come from, which shows how a NAT maps it (RFC 5780, 4.3).
 *
 * @param port local, 0 for any
 * @throws the system's error where the port cannot be had
 */
export async function mapThroughNat(port: number, servers: readonly Endpoint[]): Promise<NatMapping> {
  const socket = createSocket("udp4");
  try {
    socket.bind(port);
    await once(socket, "listening");
    const localPort = socket.address().port;
    const asked = servers.map((server) => ({
      server,
      message: createStunMessage(stunMethods.binding, stunClasses.request),
    }));
    const mapped = new Array<Endpoint | undefined>(servers.length).fill(undefined);
    const all = Promise.withResolvers<void>();
    socket.on("message", (bytes) => {
      const answer = parseStunMessage(bytes);
      const place = asked.findIndex(({ message }) => answer?.transactionId.equals(message.transactionId) === true);
      if (answer === undefined || place === -1) return;
      mapped[place] = mappedAddressOf(answer);
      if (!mapped.includes(undefined)) all.resolve();
    });
    // A way that is closed is as one without an answer.
    socket.on("error", () => undefined);
    for (let sent = 0; sent < repetitions && mapped.includes(undefined); sent += 1) {
      for (const [place, { server, message }] of asked.entries()) {
        if (mapped[place] === undefined)
          socket.send(encodeStunMessage(message), server.port, server.address, () => undefined);
      }
      await Promise.race([all.promise, new Promise((resolve) => setTimeout(resolve, repetitionMs))]);
    }
    return { localPort, mapped };
  } finally {
    socket.close();
  }
}
