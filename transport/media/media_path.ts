import type { RemoteInfo, Socket } from "node:dgram";
import type { RTCIceTransport } from "werift";
import { ConnectedSocket } from "./connected_socket.ts";
import {
  type DatagramCalls,
  datagramCalls,
  maxSegmentedBytes,
  maxSegments,
  type PlacedPacket,
  type SocketName,
  sendErrors,
} from "./datagram_calls.ts";
import { giveBufferAway } from "./packet_batch.ts";
import { SharedUdpTransport } from "./shared_port/shared_udp_transport.ts";

/** What may wait for a socket that takes no more; what comes then is lost. Ours: as much as the kernel's own buffer holds. */
const maxQueuedBytes = 262_144;
/** The same for a socket that all connections share. Ours: that of sixteen. */
const maxSharedQueuedBytes = 4_194_304;

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
/** A way by a TURN server (patch 314). */
interface Relay {
  /** Without waiting; false where the remote has no channel yet. */
  sendNow(buffer: Buffer, start: number, end: number, host: string, port: number): boolean;
}
/** While ICE restarts, the pair from before goes on (patch 014). */
interface Restarting {
  readonly previousPair?: Pair;
}

/** Linux's default holds some 90 packets, a third of a second of one video. Ours: half a second of a dozen. */
const receiveBufferBytes = 1_048_576;
/** Packets that go together fit the MTU of any path when each is no longer, in bytes: what IPv6 asks for, less headers (RFC 8200, 5). */
const ordinaryBytes = 1_232;
/** Such packets are refused so often in a row before they go one by one for good. Ours. */
const maxRefusals = 3;
/** So many packets, sent or received, show that a way is used for media, which is worth a socket of its own. Ours. */
const packetsWorthSocket = 64;

/** The way that ICE found, for packets that are many: straight to the socket where the way is a UDP one of this node's. */
export class MediaPath {
  readonly #ice: IceConnection;
  readonly #onMedia: (datagram: Buffer) => void;
  readonly #calls: DatagramCalls | null;
  #pair: Pair | undefined;
  #transport: UdpTransport | undefined;
  #relay: Relay | undefined;
  #connected: ConnectedSocket | undefined;
  /** Where the way leads, for the calls of the system on a socket that is shared. */
  #remote: SocketName | undefined;
  #packetCount = 0;
  /** The kernel took no more, last time. */
  #isBehind = false;
  /** Until the device of the way refuses it, or the system often enough. */
  #isSegmenting = true;
  #refusals = 0;
  #address = "";
  #port = 0;

  /**
   * @param onMedia takes the media that comes by a socket of its own, past ICE; by any other way it comes through ICE
   * @param calls of the system, or null where it has none
   */
  constructor(
    ice: IceConnection,
    onMedia: (datagram: Buffer) => void,
    calls: DatagramCalls | null = datagramCalls ?? null,
  ) {
    this.#calls = calls;
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
    if (this.#relay !== undefined) {
      // ICE's checks get the channel; until then it is lost.
      this.#relay.sendNow(buffer, start, end, this.#address, this.#port);
      return false;
    }
    if (transport === undefined) {
      const packet = buffer.subarray(start, end);
      // TCP puts it into a frame, and so copies it, within the call (patch 308); a relay may do so later.
      const isCopied = pair.protocol.type === "tcp";
      void this.#ice.send(isCopied ? packet : Buffer.from(packet)).catch(() => undefined);
      return false;
    }
    if (transport.closed) return false;
    this.#count(transport);
    try {
      return this.#sendBy(transport, buffer, start, end);
    } catch {
      // A socket that failed is closed already; ICE will notice that nothing comes by it.
      return false;
    }
  }

  /** Sends packets in their order, as {@link send} does each, with as few system calls as there can be. */
  sendAll(packets: readonly PlacedPacket[], first: number, count: number): void {
    const end = first + count;
    for (let next = first; next < end; ) {
      const run = this.#isSegmenting ? countSegments(packets, next, end) : 1;
      if (!this.#sendTogether(packets, next, run)) this.#sendEach(packets, next, run);
      next += run;
    }
  }

  /** A packet of media came through ICE. */
  noteReceived(): void {
    const pair = this.#ice.nominated;
    if (pair === undefined) return;
    if (pair !== this.#pair) this.#follow(pair);
    const transport = this.#transport;
    if (transport !== undefined && !transport.closed) this.#count(transport);
  }

  /** The socket of its own, if there is one; ICE's are ICE's. */
  close(): void {
    this.#connected?.close();
    this.#connected = undefined;
    this.#packetCount = packetsWorthSocket;
  }

  #sendEach(packets: readonly PlacedPacket[], first: number, count: number): void {
    for (let i = first; i < first + count; i += 1) {
      const packet = packets[i] as PlacedPacket;
      if (this.send(packet.buffer, packet.start, packet.end)) giveBufferAway(packet);
    }
  }

  /** Sends packets by one system call. @returns false when they have to go by `send` */
  #sendTogether(packets: readonly PlacedPacket[], first: number, count: number): boolean {
    const connected = this.#connected;
    const ownFd = connected?.fd ?? -1;
    const to = ownFd === -1 ? this.#remote : undefined;
    const fd = to === undefined ? ownFd : sharedFdOf(this.#transport);
    // What waits in Node goes first. A way that changed has no socket yet: `send` sees to it.
    if (fd === -1 || this.#isBehind || this.#ice.nominated !== this.#pair || this.#calls === null) return false;
    const error = this.#calls.send(fd, packets, first, count, to);
    // `send` counts what goes one by one; with a socket of its own nothing needs to be counted.
    if (error === 0 && to !== undefined) this.#count(this.#transport as UdpTransport, count);
    if (error === 0) {
      if (count > 1) this.#refusals = 0;
      return true;
    }
    if (sendErrors.broken.includes(error)) connected?.close();
    else if (sendErrors.unsegmentable.includes(error)) this.#isSegmenting = false;
    else if (sendErrors.refused.includes(error)) this.#noteRefusal(packets[first] as PlacedPacket);
    // Anything else that is wrong, Node meets as well: then they are lost, as on any network.
    return false;
  }

  /** A client that sends packets longer than the MTU shall not spoil it for others. */
  #noteRefusal({ start, end }: PlacedPacket): void {
    if (end - start > ordinaryBytes) return;
    this.#refusals += 1;
    if (this.#refusals >= maxRefusals) this.#isSegmenting = false;
  }

  #sendBy(transport: UdpTransport, buffer: Buffer, start: number, end: number): boolean {
    const isConnected = this.#connected?.isOpen === true;
    const socket = isConnected ? (this.#connected as ConnectedSocket).socket : transport.socket;
    const isForAll = !isConnected && transport instanceof SharedUdpTransport;
    const maxBytes = isForAll ? maxSharedQueuedBytes : maxQueuedBytes;
    if (this.#isBehind && socket.getSendQueueSize() > maxBytes) return false;
    if (isConnected) socket.send(buffer, start, end - start);
    else socket.send(buffer, start, end - start, this.#port, this.#address);
    this.#isBehind = socket.getSendQueueCount() > 0;
    return this.#isBehind;
  }

  #follow(pair: Pair): void {
    this.#pair = pair;
    const { protocol, remoteAddr } = pair;
    this.#transport = udpTransportOf(protocol);
    this.#relay = (protocol as unknown as { readonly turn?: Relay }).turn;
    [this.#address, this.#port] = remoteAddr;
    this.#connected?.close();
    this.#connected = undefined;
    this.#remote = undefined;
    if (this.#transport instanceof SharedUdpTransport) this.#remote = this.#nameRemote(this.#transport);
    else if (this.#transport !== undefined) enlarge(this.#transport.socket);
    this.#packetCount = 0;
    this.#isSegmenting = true;
    this.#refusals = 0;
  }

  #count(transport: UdpTransport, packetCount = 1): void {
    const isReached = this.#packetCount >= packetsWorthSocket;
    this.#packetCount += packetCount;
    if (!isReached && this.#packetCount >= packetsWorthSocket) this.#connect(transport);
  }

  #nameRemote({ addressFamily }: SharedUdpTransport): SocketName | undefined {
    try {
      return this.#calls?.nameOf(addressFamily === 6 ? "IPv6" : "IPv4", this.#address, this.#port);
    } catch {
      // Node reads some addresses that the system does not: each packet goes through it then.
      return undefined;
    }
  }

  #connect(transport: UdpTransport): void {
    if (process.platform !== "linux") return;
    if (transport instanceof SharedUdpTransport && !transport.isJoinable) return;
    const { socket } = transport;
    const pair = this.#pair as Pair;
    try {
      this.#connected = new ConnectedSocket({
        local: socket,
        calls: this.#calls,
        remote: { address: this.#address, port: this.#port },
        onMessage: (data, info) => {
          if (!isMedia(data) || !this.#isOurs(transport, info)) {
            socket.emit("message", data, info);
            return;
          }
          pair.heardAt = (this.#ice as Watched).lastReceivedAt = performance.now();
          this.#onMedia(data);
        },
      });
      enlarge(this.#connected.socket);
    } catch {
      // It goes on as before.
    }
  }

  /** On a shared port a socket may hear others before it is connected, and a client may come from where another one was. */
  #isOurs(transport: UdpTransport, { address, port }: RemoteInfo): boolean {
    if (!(transport instanceof SharedUdpTransport)) return true;
    return port === this.#port && address === this.#address && transport.isOnlyOwner(address, port);
  }
}

/** Of a socket that is shared and not connected; -1 for others, and once it is closed: another may have the number then. */
function sharedFdOf(transport: UdpTransport | undefined): number {
  return transport instanceof SharedUdpTransport && !transport.closed ? transport.fd : -1;
}

/** How many packets go by one system call: all of the length of the first, but for the last, which may be shorter. */
function countSegments(packets: readonly PlacedPacket[], first: number, end: number): number {
  const { start: firstStart, end: firstEnd } = packets[first] as PlacedPacket;
  const length = firstEnd - firstStart;
  const last = Math.min(end, first + maxSegments, first + Math.floor(maxSegmentedBytes / length));
  let next = first + 1;
  while (next < last) {
    const packet = packets[next] as PlacedPacket;
    const nextLength = packet.end - packet.start;
    if (nextLength > length) break;
    next += 1;
    if (nextLength < length) break;
  }
  return Math.max(next - first, 1);
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
