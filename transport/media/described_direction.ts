import type { RTCRtpTransceiver } from "werift";
import type { Description } from "../../machines/negotiation_events.ts";

/** What a description of this side said of a section. */
export interface Described {
  readonly type: Description["type"];
  /** `RTCRtpTransceiverDirection`. */
  readonly direction: string;
}

/** The directions of a description's sections, by `mid` (RFC 8866, 6.7). */
export function readDirections(sdp: string): Map<string, string> {
  const directions = new Map<string, string>();
  for (const section of sdp.split(/^(?=m=)/m).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(section)?.[1] ?? "sendrecv";
    if (mid !== undefined) directions.set(mid, direction);
  }
  return directions;
}

/** Whether a description said what a transceiver is to do now (W3C WebRTC 4.7.3): an answer, as far as its offer let it. */
export function isSaid(transceiver: RTCRtpTransceiver, said: Described | undefined): boolean {
  if (said === undefined) return false;
  if (said.type === "offer") return said.direction === transceiver.direction;
  return said.direction === intersect(transceiver.direction, transceiver.offerDirection ?? "sendrecv");
}

/** What the descriptions of this side said, to tell what they did not say yet. */
export class DescribedSections {
  readonly #said = new WeakMap<RTCRtpTransceiver, Described>();
  /** The same before the last description, for when that is taken back. */
  #saidBefore: ReadonlyMap<RTCRtpTransceiver, Described | undefined> = new Map();

  /** A description was made, with these directions of its sections. */
  note(
    transceivers: readonly RTCRtpTransceiver[],
    type: Description["type"],
    directions: ReadonlyMap<string, string>,
  ): void {
    this.#saidBefore = new Map(transceivers.map((each) => [each, this.#said.get(each)]));
    for (const transceiver of transceivers) {
      const direction = directions.get(transceiver.mid ?? "");
      if (direction !== undefined) this.#said.set(transceiver, { type, direction });
    }
  }

  /** The last description was taken back. */
  takeBack(): void {
    for (const [transceiver, said] of this.#saidBefore) {
      if (said === undefined) this.#said.delete(transceiver);
      else this.#said.set(transceiver, said);
    }
  }

  /** See {@link isSaid}. */
  isSaid(transceiver: RTCRtpTransceiver): boolean {
    return isSaid(transceiver, this.#said.get(transceiver));
  }
}

/** What both directions allow (RFC 9429, 5.3.1). Both are this side's. */
function intersect(first: string, second: string): string {
  const sends = isSending(first) && isSending(second);
  const receives = isReceiving(first) && isReceiving(second);
  if (sends && receives) return "sendrecv";
  if (sends) return "sendonly";
  return receives ? "recvonly" : "inactive";
}

export function isSending(direction: string | null | undefined): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function isReceiving(direction: string | null | undefined): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}
