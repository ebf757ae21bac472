import type { Arrival } from "./arrival_batch.ts";
import { releaseMemory } from "./release_memory.ts";
import { RtpHeader } from "./rtp/rtp_header.ts";
import type { RtpPacket } from "./rtp/rtp_packet.ts";
import type { Route } from "./rtp_router.ts";
import type { SrtpReceiveStream } from "./srtp/srtp_receiver.ts";

/** Where packets of one transport are taken in; see {@link Arrival}. */
export interface ArrivalInbox {
  prepare(arrival: RtpArrival, isFirst: boolean): boolean;
  takeAlone(arrival: RtpArrival): void;
  takeVerified(arrival: RtpArrival): void;
  fail(error: unknown): void;
}

const noBytes = Buffer.alloc(0);

/** What an arrival has before it has anything: it refuses all. */
const noStream: SrtpReceiveStream = {
  lanes: undefined,
  estimateIndex: () => -1,
  unprotect: () => -1,
  admits: () => false,
  accept: () => undefined,
};

/** A packet on its way in. */
export class RtpArrival implements Arrival {
  inbox: ArrivalInbox | undefined;
  datagram: Buffer = noBytes;
  isOurs = false;
  receivedAtMs = 0;
  readonly header = new RtpHeader();
  route: Route | undefined;
  stream = noStream;
  headerLength = 0;
  index = -1;
  packet: RtpPacket | undefined;
  out: Buffer = noBytes;
  length = -1;

  prepare(isFirst: boolean): boolean {
    return this.inbox?.prepare(this, isFirst) ?? false;
  }

  takeAlone(): void {
    this.inbox?.takeAlone(this);
  }

  takeVerified(): void {
    this.inbox?.takeVerified(this);
  }

  fail(error: unknown): void {
    this.inbox?.fail(error);
  }

  release(): void {
    if (this.isOurs) releaseMemory(this.datagram);
    this.inbox = undefined;
    this.isOurs = false;
    this.datagram = noBytes;
    this.route = undefined;
    this.stream = noStream;
    this.packet = undefined;
    this.out = noBytes;
  }
}
