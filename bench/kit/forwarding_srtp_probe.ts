import { createSocket, type Socket } from "node:dgram";
import type { ForwardingPath } from "./forwarding_peer.ts";

/** The protection profiles by their numbers in `use_srtp` (RFC 5764, 4.1.2; RFC 7714, 14.2). */
const profiles = new Map([
  [1, "SRTP_AES128_CM_HMAC_SHA1_80"],
  [2, "SRTP_AES128_CM_HMAC_SHA1_32"],
  [7, "SRTP_AEAD_AES_128_GCM"],
  [8, "SRTP_AEAD_AES_256_GCM"],
]);

interface Address {
  readonly address: string;
  readonly port: number;
}

/** A UDP proxy on the way of one peer connection that reads the chosen SRTP profile from the handshake. Whoever opened it closes it. */
export class SrtpProbe implements ForwardingPath {
  /** The chosen one, once it was seen. */
  profile = "unknown";
  readonly #socket: Socket = createSocket("udp4");
  readonly #port: Promise<number>;
  #server: Address | undefined;
  #client: Address | undefined;

  constructor() {
    const socket = this.#socket;
    this.#port = new Promise((resolve) => socket.bind(0, () => resolve(socket.address().port)));
    socket.on("message", (datagram, { address, port }) => {
      const isFromServer = address === this.#server?.address && port === this.#server.port;
      if (!isFromServer) this.#client = { address, port };
      const to = isFromServer ? this.#client : this.#server;
      this.profile = readProfile(datagram) ?? this.profile;
      if (to !== undefined) socket.send(datagram, to.port, to.address);
    });
  }

  /** Each side sees the proxy in place of the other's first candidate, and no candidate besides. */
  changeLocal(sdp: string): Promise<string> {
    return this.#change(sdp, (address) => {
      this.#client = address;
    });
  }

  changeRemote(sdp: string): Promise<string> {
    return this.#change(sdp, (address) => {
      this.#server = address;
    });
  }

  close(): void {
    this.#socket.close();
  }

  async #change(sdp: string, found: (address: Address) => void): Promise<string> {
    const proxyPort = await this.#port;
    let isFirst = true;
    return sdp.replaceAll(/^a=candidate:.*\r?\n/gm, (line) => {
      const [foundation, component, transport, priority, address = "", port, ...rest] = line.split(" ");
      if (!isFirst || transport?.toLowerCase() !== "udp" || !/^[\d.]+$/.test(address)) return "";
      isFirst = false;
      found({ address, port: Number(port) });
      return [foundation, component, transport, priority, address, proxyPort, ...rest].join(" ");
    });
  }
}

/** The profile in a ServerHello (RFC 5246, 7.4.1.3; RFC 6347, 4.2.2), if the datagram begins with one. */
function readProfile(datagram: Buffer): string | undefined {
  const isServerHello = datagram[0] === 22 && datagram[13] === 2;
  if (!isServerHello || datagram.length < 62) return;
  // Record header 13, handshake header 12, version 2, random 32, session id, cipher suite 2, compression 1, length 2.
  let offset = 13 + 12 + 34;
  offset += 1 + (datagram[offset] ?? 0) + 3 + 2;
  while (offset + 8 <= datagram.length) {
    const type = datagram.readUInt16BE(offset);
    if (type === 14) return profiles.get(datagram.readUInt16BE(offset + 6)) ?? "another one";
    offset += 4 + datagram.readUInt16BE(offset + 2);
  }
  return;
}
