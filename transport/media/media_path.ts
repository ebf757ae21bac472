import type { Socket } from "node:dgram";
import type { RTCIceTransport } from "werift";
import { ConnectedSocket } from "./connected_socket.ts";

/** What may wait for a socket that takes no more; what comes then is lost. Ours: as much as the kernel's own buffer holds. */
const maxQueuedBytes = 262_144;

type IceConnection = RTCIceTransport["connection"];
type Pair = NonNullable<IceConnection["nominated"]>;
interface UdpTransport {
  readonly socket: Socket;
  readonly closed: boolean;
}
/** When ICE last heard from the remote, in milliseconds of `performance.now` (patch 015). */
interface Watched {
  lastReceivedAt?: number;
}
/** While ICE restarts, the pair from before goes on (patch 014). */
interface Restarting {
  readonly previousPair?: Pair;
}

/** Linux's default holds some 90 packets, a third of a second of one video. Ours: half a second of a dozen. */
const receiveBufferBytes = 1_048_576;
/** So many packets show that a way is used for media, which is worth a socket of its own. Ours. */
const packetsWorthSocket = 64;

/** The way that ICE found, for packets that are many: straight to the socket where the way is a UDP one of this node's. */
export class MediaPath {
  readonly #ice: IceConnection;
  readonly #onMedia: (datagram: Buffer) => void;
  #pair: Pair | undefined;
  #transport: UdpTransport | undefined;
  #connected: ConnectedSocket | undefined;
  #sentCount = 0;
  /** The kernel took no more, last time. */
  #isBehind = false;
  #address = "";
  #port = 0;

  /** @param onMedia takes the media that comes by a socket of its own, past ICE; by any other way it comes through ICE */
  constructor(ice: IceConnection, onMedia: (datagram: Buffer) => void) {
    this.#ice = ice;
    this.#onMedia = onMedia;
  }

  /**
   * Sends a part of a buffer. What cannot be sent is lost, as on any network.
   *
   * @returns true when the kernel takes no more for now, so that Node keeps the buffer until it does: it must not be written again
   */
  send(buffer: Buffer, start: number, end: number): boolean {
    const pair = this.#ice.nominated ?? (this.#ice as Restarting).previousPair;
    if (pair === undefined) return false;
    if (pair !== this.#pair) this.#follow(pair);
    const transport = this.#transport;
    if (transport === undefined) {
      void this.#ice.send(Buffer.from(buffer.subarray(start, end))).catch(() => undefined);
      return false;
    }
    if (transport.closed) return false;
    this.#sentCount += 1;
    if (this.#sentCount === packetsWorthSocket) this.#connect(transport);
    try {
      return this.#sendBy(transport.socket, buffer, start, end);
    } catch {
      // A socket that failed is closed already; ICE will notice that nothing comes by it.
      return false;
    }
  }

  /** The socket of its own, if there is one; ICE's are ICE's. */
  close(): void {
    this.#connected?.close();
    this.#connected = undefined;
    this.#sentCount = packetsWorthSocket;
  }

  #sendBy(shared: Socket, buffer: Buffer, start: number, end: number): boolean {
    const isConnected = this.#connected?.isOpen === true;
    const socket = isConnected ? (this.#connected as ConnectedSocket).socket : shared;
    if (this.#isBehind && socket.getSendQueueSize() > maxQueuedBytes) return false;
    if (isConnected) socket.send(buffer, start, end - start);
    else socket.send(buffer, start, end - start, this.#port, this.#address);
    this.#isBehind = socket.getSendQueueCount() > 0;
    return this.#isBehind;
  }

  #follow(pair: Pair): void {
    this.#pair = pair;
    const { protocol, remoteAddr } = pair;
    this.#transport = udpTransportOf(protocol);
    [this.#address, this.#port] = remoteAddr;
    if (this.#transport !== undefined) enlarge(this.#transport.socket);
    this.#connected?.close();
    this.#connected = undefined;
    this.#sentCount = 0;
  }

  #connect({ socket }: UdpTransport): void {
    if (process.platform !== "linux") return;
    try {
      this.#connected = new ConnectedSocket({
        local: socket,
        remote: { address: this.#address, port: this.#port },
        onMessage: (data, info) => {
          if (!isMedia(data)) {
            socket.emit("message", data, info);
            return;
          }
          (this.#ice as Watched).lastReceivedAt = performance.now();
          this.#onMedia(data);
        },
      });
      enlarge(this.#connected.socket);
    } catch {
      // It goes on as before.
    }
  }
}

/** So that a burst waits while the node is busy with the one before; the system may grant less. */
function enlarge(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // What it has must do.
  }
}

/** RTP or RTCP by its first byte (RFC 7983, 7). */
export function isMedia(datagram: Buffer): boolean {
  const first = datagram[0] ?? 0;
  return first >= 128 && first <= 191;
}

/** Of a host or server-reflexive candidate; relayed and TCP ones have a way of their own. */
function udpTransportOf(protocol: Pair["protocol"]): UdpTransport | undefined {
  if (protocol.type !== "stun") return undefined;
  return (protocol as unknown as { readonly transport?: UdpTransport }).transport;
}
