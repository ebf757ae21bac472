import type { Socket } from "node:dgram";
import type { RTCIceTransport } from "werift";

/** What may wait for a socket that takes no more; what comes then is lost. Ours: as much as the kernel's own buffer holds. */
const maxQueuedBytes = 262_144;

type IceConnection = RTCIceTransport["connection"];
type Pair = NonNullable<IceConnection["nominated"]>;
interface UdpTransport {
  readonly socket: Socket;
  readonly closed: boolean;
}
/** While ICE restarts, the pair from before goes on (patch 014). */
interface Restarting {
  readonly previousPair?: Pair;
}

/** The way that ICE found, for packets that are many: straight to the socket where the way is a UDP one of this node's. */
export class MediaPath {
  readonly #ice: IceConnection;
  #pair: Pair | undefined;
  #transport: UdpTransport | undefined;
  /** The kernel took no more, last time. */
  #isBehind = false;
  #address = "";
  #port = 0;

  constructor(ice: IceConnection) {
    this.#ice = ice;
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
    const { socket } = transport;
    try {
      if (this.#isBehind && socket.getSendQueueSize() > maxQueuedBytes) return false;
      socket.send(buffer, start, end - start, this.#port, this.#address);
      this.#isBehind = socket.getSendQueueCount() > 0;
      return this.#isBehind;
    } catch {
      // A socket that failed is closed already; ICE will notice that nothing comes by it.
      return false;
    }
  }

  #follow(pair: Pair): void {
    this.#pair = pair;
    const { protocol, remoteAddr } = pair;
    this.#transport = udpTransportOf(protocol);
    [this.#address, this.#port] = remoteAddr;
  }
}

/** Of a host or server-reflexive candidate; relayed and TCP ones have a way of their own. */
function udpTransportOf(protocol: Pair["protocol"]): UdpTransport | undefined {
  if (protocol.type !== "stun") return undefined;
  return (protocol as unknown as { readonly transport?: UdpTransport }).transport;
}
