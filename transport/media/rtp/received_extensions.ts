import { ExtensionCursor } from "./extension_cursor.ts";
import { extensionUris } from "./extension_uris.ts";
import type { RtpPacket } from "./rtp_packet.ts";

/** The identifiers that header extensions come with on one transport; 0, which none can have, where it was not negotiated. */
export interface ReceivedExtensionIds {
  readonly audioLevel: number;
  readonly videoOrientation: number;
  readonly dependencyDescriptor: number;
  readonly transportSequenceNumber: number;
  readonly mid: number;
  readonly rid: number;
  readonly repairedRid: number;
}

/** What the first packets of a stream say about where it belongs; "" where they say nothing. */
export interface StreamIdentity {
  /** RFC 8843, 9.2. */
  readonly mid: string;
  /** RFC 8851. */
  readonly rid: string;
  /** The RID of the stream that this one repairs (RFC 8852). */
  readonly repairedRid: string;
}

/** Picks out what the node reads of the extensions that were negotiated (`a=extmap`); one map serves a whole BUNDLE group. */
export function findExtensionIds(
  negotiated: Iterable<{ readonly id: number; readonly uri: string }>,
): ReceivedExtensionIds {
  const ids = new Map<string, number>();
  for (const { id, uri } of negotiated) ids.set(uri, id);
  const find = (uri: string): number => ids.get(uri) ?? 0;
  return {
    audioLevel: find(extensionUris.audioLevel),
    videoOrientation: find(extensionUris.videoOrientation),
    dependencyDescriptor: find(extensionUris.dependencyDescriptor),
    transportSequenceNumber: find(extensionUris.transportSequenceNumber),
    mid: find(extensionUris.mid),
    rid: find(extensionUris.rid),
    repairedRid: find(extensionUris.repairedRid),
  };
}

/** Longest MID or RID that is believed; browsers' RIDs have at most 16 characters. Ours. */
const maxIdentityLength = 64;
const cursor = new ExtensionCursor();

/**
 * Sets the packet's fields of the extensions that go on to subscribers (RFC 8285), whatever they held before; its `bytes` have to
 * be there, with a header that `RtpHeader` could read.
 *
 * @returns the transport-wide sequence number, or -1
 */
export function readExtensions(packet: RtpPacket, ids: ReceivedExtensionIds): number {
  packet.audioLevel = -1;
  packet.videoOrientation = -1;
  packet.dependencyDescriptorOffset = -1;
  packet.dependencyDescriptorLength = 0;
  const { bytes } = packet;
  if (((bytes[0] as number) & 0x10) === 0) return -1;
  let transportSequenceNumber = -1;
  cursor.start(bytes);
  while (cursor.next()) {
    const { id, offset, length } = cursor;
    if (id === ids.transportSequenceNumber) {
      if (length === 2) transportSequenceNumber = ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
    } else if (id === ids.audioLevel) {
      if (length === 1) packet.audioLevel = bytes[offset] as number;
    } else if (id === ids.videoOrientation) {
      if (length === 1) packet.videoOrientation = bytes[offset] as number;
    } else if (id === ids.dependencyDescriptor && length > 0) {
      packet.dependencyDescriptorOffset = offset;
      packet.dependencyDescriptorLength = length;
    }
  }
  return transportSequenceNumber;
}

/**
 * Says where the packet of an unknown SSRC belongs, from its plain header, which `RtpHeader` could read. It is not proven: whoever
 * remembers it waits until the packet is.
 */
export function readIdentity(datagram: Buffer, ids: ReceivedExtensionIds): StreamIdentity {
  return {
    mid: readName(datagram, ids.mid),
    rid: readName(datagram, ids.rid),
    repairedRid: readName(datagram, ids.repairedRid),
  };
}

/** The text of an SDES item (RFC 7941, 4.1) that is a token, as names in SDP are (RFC 8866, 9); "" for any other. */
function readName(bytes: Buffer, wantedId: number): string {
  cursor.start(bytes);
  while (cursor.next()) {
    if (cursor.id !== wantedId) continue;
    const { offset, length } = cursor;
    const name = length > maxIdentityLength ? "" : bytes.toString("latin1", offset, offset + length);
    return /^[!#$%&'*+\-.^_`{|}~0-9A-Za-z]+$/.test(name) ? name : "";
  }
  return "";
}
