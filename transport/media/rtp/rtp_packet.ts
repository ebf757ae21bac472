/** Longest packet that is stored; what fits no Ethernet frame does not come over the Internet in one piece. Ours. */
export const maxRtpPacketBytes = 1_504;

/**
 * One received RTP packet (RFC 3550, 5.1), decrypted: a slot of its stream's history, filled anew when the ring comes round.
 * Whoever wants to keep something of it copies it. Absent numbers are -1, so that the fields never change their type.
 */
export class RtpPacket {
  /** The packet as it came, from offset 0 on; on a multiple of 4 bytes in its buffer. Only {@link byteLength} bytes count. */
  readonly bytes: Buffer;
  byteLength = 0;
  ssrc = 0;
  /** Counted on past 65,535: the packet index of SRTP (RFC 3711, 3.3.1). -1 in a slot that holds nothing. */
  sequenceNumber = -1;
  /** Unsigned, 32 bits. */
  timestamp = 0;
  payloadType = 0;
  marker = false;
  /** A multiple of 4. */
  payloadOffset = 0;
  /** Without padding. */
  payloadLength = 0;
  /** Milliseconds of `performance.now`. */
  receivedAtMs = 0;
  /** It is there, and not handed on yet: its slot must not be filled before. */
  isWaiting = false;

  // Header extensions that go on to subscribers.

  /** The byte of RFC 6464, voice bit and level. */
  audioLevel = -1;
  /** The byte of urn:3gpp:video-orientation. */
  videoOrientation = -1;
  /** Where the dependency descriptor's payload begins in `bytes` (AV1 RTP specification, A.8). */
  dependencyDescriptorOffset = -1;
  dependencyDescriptorLength = 0;

  // What the payload says, filled by its codec's inspector.

  /** The first packet of a frame from which a decoder can start. */
  isKeyframeStart = false;
  /** The first packet of a frame of the spatial layer. */
  isFrameStart = false;
  temporalLayer = 0;
  /** Of codecs with spatial layers in one stream (VP9 and AV1 SVC); 0 otherwise. */
  spatialLayer = 0;
  /** A receiver of the next lower temporal layer can take this one from this frame on. */
  isLayerSync = false;
  /** VP8 and VP9 picture id, 7 or 15 bits; where it stands in `bytes`, and in how many bits. */
  pictureId = -1;
  pictureIdOffset = -1;
  pictureIdBits = 0;
  /** VP8 TL0PICIDX (RFC 7741, 4.2) and where it stands. */
  tl0PictureIndex = -1;
  tl0PictureIndexOffset = -1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}
