import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import { readUint32 } from "../rtp/rtp_header.ts";
import { relayVersion, requestLength } from "./relay_format.ts";

/** What the subscribers of one node want of a track. Layers are bits, the lowest layer the lowest bit. */
export interface RelayRequest {
  /** Of the sender that it is for. */
  readonly relayId: number;
  /** The description that the node has. */
  readonly descriptionNumber: number;
  /** From now on, until the next request. */
  readonly wantedLayers: number;
  /** Layers to ask the publisher for a keyframe of. */
  readonly keyframeLayers: number;
}

export function encodeRequest(request: RelayRequest): Buffer {
  const { relayId, descriptionNumber, wantedLayers, keyframeLayers } = request;
  const bytes = Buffer.allocUnsafe(requestLength);
  bytes[0] = relayVersion;
  bytes[1] = descriptionNumber;
  bytes[2] = wantedLayers;
  bytes[3] = keyframeLayers;
  bytes.writeUInt32BE(relayId, 4);
  return bytes;
}

/** @throws {SignalboxError} `bad-message` */
export function decodeRequest(bytes: Uint8Array): RelayRequest {
  const [version, descriptionNumber = 0, wantedLayers = 0, keyframeLayers = 0] = bytes;
  if (version !== relayVersion || bytes.length !== requestLength) {
    const what = `version ${version} with ${bytes.length} bytes`;
    throw new SignalboxError("bad-message", `Cannot read a relay request: it is of ${what}`);
  }
  return { descriptionNumber, wantedLayers, keyframeLayers, relayId: readUint32(bytes, 4) };
}
