import type { OutgoingPacket } from "./forwarding/rtp_outlet.ts";

/** A packet at a place in memory that is known. */
export interface PlacedPacket extends OutgoingPacket {
  /** Where its buffer begins: `DatagramCalls.addressOf`. */
  address: number;
}

/** Packets that Linux cuts out of one datagram at most (UDP_MAX_SEGMENTS; later versions take 128). */
export const maxSegments = 64;
/** Bytes of them together: what an IP packet holds, without headers. */
export const maxSegmentedBytes = 65_000;

/** Why packets could not be sent, by `errno`. */
export const sendErrors = {
  /** EAGAIN, ENOBUFS: the kernel takes no more for now. */
  full: [11, 105] as readonly number[],
  /** EIO, EOPNOTSUPP: the device of this way does not cut datagrams. */
  unsegmentable: [5, 95] as readonly number[],
  /** EINVAL, EMSGSIZE: these do not go together, as each is longer than the MTU; Linux before 4.18 says so of any. */
  refused: [22, 90] as readonly number[],
  /** EBADF, ENETUNREACH, ECONNREFUSED, EHOSTUNREACH: nothing more goes this way. */
  broken: [9, 101, 111, 113] as readonly number[],
};

/** As `dgram` names them. */
export type AddressFamily = "IPv4" | "IPv6";

/** An address and port as the system reads them, in memory that does not move. */
export interface SocketName {
  readonly bytes: Buffer;
  /** Where the bytes begin: `DatagramCalls.addressOf`. */
  readonly address: number;
}

/** What Node does not offer of Linux's sockets: many packets by one system call, which costs as much as one packet does. */
export interface DatagramCalls {
  /**
   * Opens a UDP socket, bound with SO_REUSEADDR, that does not block.
   *
   * @returns its descriptor, which `dgram` takes over by `bind({ fd })`
   * @throws Error that names the call and its `errno`, which it also has as a property when the port cannot be had
   */
  open(family: AddressFamily, address: string, port: number): number;
  /** The same for a port that no other socket has; sockets of `open` can join it then. */
  openAlone(family: AddressFamily, address: string, port: number): number;
  /** Where a socket that is not connected sends to. @throws Error when it is no address of the family */
  nameOf(family: AddressFamily, address: string, port: number): SocketName;
  /** Closes what `open` opened, unless `dgram` took it over. */
  close(fd: number): void;
  /** Where a buffer begins in memory, as long as it lives; it must not be one of Node's pool. */
  addressOf(buffer: Buffer): number;
  /**
   * Sends packets to `to`, or to where the socket is connected to, as datagrams of their own. They have the same length, but for the last, which
   * may be shorter (UDP_SEGMENT, Linux 4.18).
   *
   * @param fd of an open socket
   * @param packets of which `count`, from 1 to {@link maxSegments}, are meant, from `first` on
   * @returns 0, or the `errno` with which nothing was sent
   */
  send(fd: number, packets: readonly PlacedPacket[], first: number, count: number, to?: SocketName): number;
}

const families: Readonly<Record<AddressFamily, { number: number; addressOffset: number; length: number }>> = {
  IPv4: { number: 2, addressOffset: 4, length: 16 },
  IPv6: { number: 10, addressOffset: 8, length: 28 },
};
const datagramNonblockingClosedOnExec = 0o2 | 0o4_000 | 0o2_000_000;
const solSocket = 1;
const soReuseAddr = 2;
const solUdp = 17;
const udpSegment = 103;
const dontWaitNoSignal = 0x40 | 0x40_00;

// One block of memory: msghdr (56 bytes), a control message with the length of a segment (24), and an iovec (16) for each packet.
const controlOffset = 56;
const controlLength = 24;
const vectorOffset = controlOffset + controlLength;

function bindCalls(koffi: typeof import("koffi")["default"]): DatagramCalls {
  const libc = koffi.load(null);
  const socket = libc.func("int socket(int domain, int type, int protocol)");
  const setsockopt = libc.func("int setsockopt(int fd, int level, int name, void *value, uint32_t length)");
  const bind = libc.func("int bind(int fd, void *address, uint32_t length)");
  const close = libc.func("int close(int fd)");
  const pton = libc.func("int inet_pton(int family, str text, void *address)");
  const sendmsg = libc.func("long sendmsg(int fd, uintptr_t message, int flags)");
  const addressOf = (buffer: Buffer) => Number(koffi.address(buffer));

  const block = Buffer.alloc(vectorOffset + 16 * maxSegments);
  const words = new Uint32Array(block.buffer, block.byteOffset, block.length >> 2);
  const blockAddress = addressOf(block);
  const setAddress = (word: number, address: number) => {
    words[word] = address % 2 ** 32;
    words[word + 1] = address / 2 ** 32;
  };
  setAddress(16 >> 2, blockAddress + vectorOffset);
  setAddress(32 >> 2, blockAddress + controlOffset);
  words.set([18, 0, solUdp, udpSegment], controlOffset >> 2);

  const nameOf = (family: AddressFamily, address: string, port: number): SocketName => {
    const { number, addressOffset, length } = families[family];
    const bytes = Buffer.allocUnsafeSlow(length).fill(0);
    bytes.writeUInt16LE(number, 0);
    bytes.writeUInt16BE(port, 2);
    const parsed = Buffer.alloc(16);
    if (pton(number, address, parsed) !== 1) throw new Error(`Cannot read ${address} as an address of ${family}`);
    parsed.copy(bytes, addressOffset, 0, length - addressOffset);
    return { bytes, address: addressOf(bytes) };
  };
  const yes = Buffer.from(Int32Array.of(1).buffer);
  const share = (fd: number) => setsockopt(fd, solSocket, soReuseAddr, yes, 4) === 0;
  const openBound = (family: AddressFamily, { bytes }: SocketName, isAlone: boolean): number => {
    const fd: number = socket(families[family].number, datagramNonblockingClosedOnExec, 0);
    if (fd < 0) throw new Error(`socket failed with errno ${koffi.errno()}`);
    const isShared = isAlone || share(fd);
    // Linux looks at the option of both sockets when the second one is bound: set afterwards, it lets others join, and joins nobody.
    if (isShared && bind(fd, bytes, bytes.length) === 0 && share(fd)) return fd;
    const errno = koffi.errno();
    close(fd);
    throw Object.assign(new Error(`bind failed with errno ${errno}`), { errno });
  };

  return {
    addressOf,
    nameOf,
    close(fd) {
      close(fd);
    },
    open: (family, address, port) => openBound(family, nameOf(family, address, port), false),
    openAlone: (family, address, port) => openBound(family, nameOf(family, address, port), true),
    send(fd, packets, first, count, to) {
      const { start, end } = packets[first] as PlacedPacket;
      for (let i = 0; i < count; i += 1) {
        const packet = packets[first + i] as PlacedPacket;
        const word = (vectorOffset >> 2) + 4 * i;
        setAddress(word, packet.address + packet.start);
        words[word + 2] = packet.end - packet.start;
      }
      setAddress(0, to?.address ?? 0);
      words[8 >> 2] = to?.bytes.length ?? 0;
      words[24 >> 2] = count;
      words[40 >> 2] = count > 1 ? controlLength : 0;
      words[(controlOffset + 16) >> 2] = end - start;
      return sendmsg(fd, blockAddress, dontWaitNoSignal) < 0 ? koffi.errno() : 0;
    },
  };
}

interface Loaded {
  readonly calls?: DatagramCalls;
  readonly fault?: unknown;
}

async function load(): Promise<Loaded> {
  // The structures above are those of 64-bit little-endian Linux.
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return {};
  try {
    const { default: koffi } = await import("koffi");
    return { calls: bindCalls(koffi) };
  } catch (fault) {
    return { fault };
  }
}

const loaded = await load();

/** Undefined on other systems, and where the system's library cannot be called. */
export const datagramCalls: DatagramCalls | undefined = loaded.calls;
/** Why it cannot be called. */
export const datagramCallsFault: unknown = loaded.fault;
