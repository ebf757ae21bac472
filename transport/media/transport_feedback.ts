/** How long arrivals are gathered before they are told, in milliseconds: libwebrtc tells every 50 to 250. Ours. */
const intervalMs = 100;
/** Arrivals that one packet tells; it then fits a datagram whatever their times are. Ours. */
const maxArrivals = 400;
/** A jump of the sequence numbers over more than one packet can tell is a new beginning, not a loss. Ours. */
const maxGap = 2 * maxArrivals;

/** Packet status symbols (draft, 3.1.1). */
const notReceived = 0;
const smallDelta = 1;
const largeDelta = 2;

/** What is told of the packets received; the identifiers are those of RTCP (RFC 4585, 6.1). */
export interface TransportFeedbackOptions {
  /** Takes each finished RTCP packet. */
  readonly send: (packet: Buffer) => void;
  readonly senderSsrc: number;
  /** Milliseconds on a clock that never goes back (default: `performance.now`). */
  readonly now?: () => number;
}

/**
 * Tells the other side when each of its packets arrived, whatever track it belongs to, for its congestion control
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). One for each transport, since the packets of a transport share their
 * sequence numbers.
 */
export class TransportFeedback {
  readonly #options: TransportFeedbackOptions;
  readonly #now: () => number;
  /** From sequence number, counted on past 65,535, to time of arrival. */
  #arrivals = new Map<number, number>();
  /** The first sequence number that was not told yet. */
  #next: number | undefined;
  #last = 0;
  #packetCount = 0;
  #mediaSsrc = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: TransportFeedbackOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** A packet arrived with a transport-wide sequence number of 16 bits. */
  receive(sequenceNumber: number, ssrc: number, receivedAtMs = this.#now()): void {
    const unwrapped = this.#unwrap(sequenceNumber);
    if (this.#next === undefined || unwrapped > this.#last + maxGap) {
      this.#arrivals.clear();
      this.#next = unwrapped;
    }
    this.#last = Math.max(this.#last, unwrapped);
    // One that was told as lost comes too late to matter.
    if (unwrapped < this.#next || this.#arrivals.has(unwrapped)) return;
    this.#mediaSsrc = ssrc;
    this.#arrivals.set(unwrapped, receivedAtMs);
    if (this.#arrivals.size >= maxArrivals || this.#last - this.#next >= 2 * maxArrivals) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), intervalMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#arrivals.clear();
  }

  #unwrap(sequenceNumber: number): number {
    if (this.#next === undefined) return sequenceNumber;
    const difference = ((sequenceNumber - this.#last + 0x8000) & 0xffff) - 0x8000;
    return this.#last + difference;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const first = this.#next;
    if (first === undefined || this.#arrivals.size === 0) return;
    const { senderSsrc, send } = this.#options;
    const { packet, told } = writeFeedback(this.#arrivals, { first, last: this.#last, packetCount: this.#packetCount });
    packet.writeUInt32BE(senderSsrc >>> 0, 4);
    packet.writeUInt32BE(this.#mediaSsrc >>> 0, 8);
    send(packet);
    this.#packetCount = (this.#packetCount + 1) & 0xff;
    this.#next = first + told;
    this.#arrivals = new Map([...this.#arrivals].filter(([number]) => number >= first + told));
    if (this.#arrivals.size > 0) this.#timer = setTimeout(() => this.#flush(), 0);
  }
}

interface FeedbackRange {
  readonly first: number;
  readonly last: number;
  readonly packetCount: number;
}

/** Writes what arrived from `first` on (draft, 3.1), as far as times can be told; `told` is how many sequence numbers that is. */
function writeFeedback(arrivals: ReadonlyMap<number, number>, range: FeedbackRange): { packet: Buffer; told: number } {
  const { first, packetCount } = range;
  const firstArrivalMs = [...arrivals].reduce((a, b) => (b[0] < a[0] ? b : a))[1];
  const referenceTime = Math.floor(firstArrivalMs / 64);
  const statuses: number[] = [];
  const deltas: number[] = [];
  let previousTicks = referenceTime * 256;
  for (let number = first; number <= range.last && statuses.length < 2 * maxArrivals; number += 1) {
    const arrivalMs = arrivals.get(number);
    if (arrivalMs === undefined) {
      statuses.push(notReceived);
      continue;
    }
    // A tick is 250 microseconds.
    const delta = Math.round(arrivalMs * 4) - previousTicks;
    if (delta < -0x8000 || delta > 0x7fff) break;
    previousTicks += delta;
    statuses.push(delta >= 0 && delta <= 0xff ? smallDelta : largeDelta);
    deltas.push(delta);
  }
  const chunks = writeChunks(statuses);
  const deltaBytes = deltas.reduce((bytes, delta) => bytes + (delta >= 0 && delta <= 0xff ? 1 : 2), 0);
  const unpadded = 20 + 2 * chunks.length + deltaBytes;
  const packet = Buffer.alloc(Math.ceil(unpadded / 4) * 4);
  const padding = packet.length - unpadded;
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | 15; // version 2, FMT 15
  packet[1] = 205; // RTPFB
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
  packet.writeUInt16BE(first & 0xffff, 12);
  packet.writeUInt16BE(statuses.length, 14);
  packet.writeUIntBE(referenceTime & 0xffffff, 16, 3);
  packet[19] = packetCount;
  let offset = 20;
  for (const chunk of chunks) offset = packet.writeUInt16BE(chunk, offset);
  for (const delta of deltas) {
    offset = delta >= 0 && delta <= 0xff ? packet.writeUInt8(delta, offset) : packet.writeInt16BE(delta, offset);
  }
  if (padding > 0) packet[packet.length - 1] = padding;
  return { packet, told: statuses.length };
}

/** Runs of one status as run length chunks, everything else seven at a time (draft, 3.1.3 and 3.1.4). */
function writeChunks(statuses: readonly number[]): number[] {
  const chunks: number[] = [];
  let index = 0;
  while (index < statuses.length) {
    const status = statuses[index] ?? notReceived;
    let run = 1;
    while (run < 0x1fff && statuses[index + run] === status) run += 1;
    if (run >= 7 || index + run === statuses.length) {
      chunks.push((status << 13) | run);
      index += run;
    } else {
      let chunk = 0b11 << 14;
      for (let symbol = 0; symbol < 7; symbol += 1)
        chunk |= (statuses[index + symbol] ?? notReceived) << (12 - 2 * symbol);
      chunks.push(chunk);
      index += 7;
    }
  }
  return chunks;
}
