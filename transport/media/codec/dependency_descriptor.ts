import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { BitReader } from "./bit_reader.ts";

/** Template ids have 6 bits (RTP Payload Format For AV1, A.8.3). */
const maxTemplates = 64;
/** `dt_cnt_minus_one` has 5 bits. */
const maxDecodeTargets = 32;
/** A temporal id has 3 bits and a spatial id 2 in AV1 (AV1 Bitstream & Decoding Process, 5.3.3). */
const maxTemporalLayers = 8;
const maxSpatialLayers = 4;

/** Of every descriptor (A.8.2). */
export const mandatoryBytes = 3;
const frameStartBit = 0x80;
const templateIdMask = 0x3f;

const nextTemporalLayer = 1;
const nextSpatialLayer = 2;
const noMoreLayers = 3;
const notPresent = 0;
const switchIndication = 2;

/**
 * Reads the dependency descriptors of one stream (RTP Payload Format For AV1, A.8) and keeps the template structure, which comes
 * with keyframes only. A structure that is malformed is as none; it takes memory of a fixed size.
 */
export class DependencyDescriptor {
  isFrameStart = false;
  frameNumber = 0;
  /** The structure that the frame belongs to is known and has its template; only then do the fields below say something. */
  hasLayer = false;
  spatialLayer = 0;
  temporalLayer = 0;
  /** A bit for each decode target whose highest layer is the frame's. */
  ownTargets = 0;
  /** A bit for each decode target that a receiver can switch to at this frame. */
  switchTargets = 0;

  readonly #reader = new BitReader();
  /** The packet that brought the structure. */
  #structureSequenceNumber = -1;
  #templateOffset = 0;
  #templateCount = 0;
  #targetCount = 0;
  readonly #spatialLayers = new Uint8Array(maxTemplates);
  readonly #temporalLayers = new Uint8Array(maxTemplates);
  readonly #switchTargets = new Int32Array(maxTemplates);
  readonly #ownTargets = new Int32Array(maxTemplates);
  readonly #targetSpatialLayers = new Uint8Array(maxDecodeTargets);
  readonly #targetTemporalLayers = new Uint8Array(maxDecodeTargets);

  /** Reads a descriptor of {@link mandatoryBytes} or more; the fields tell of it until the next call. */
  read(packet: RtpPacket, isLate: boolean): void {
    const { bytes, dependencyDescriptorOffset: start, dependencyDescriptorLength: length } = packet;
    const first = bytes[start] as number;
    this.isFrameStart = (first & frameStartBit) !== 0;
    this.frameNumber = ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
    this.hasLayer = false;
    let hasIndications = false;
    if (length > mandatoryBytes) {
      const reader = this.#reader;
      reader.open(bytes, start + mandatoryBytes, start + length);
      const hasStructure = reader.read(1) === 1;
      const hasActiveTargets = reader.read(1) === 1;
      hasIndications = reader.read(1) === 1;
      reader.read(2);
      if (hasStructure) {
        // The frame is of the past, and so are its layers.
        if (isLate) return;
        this.#readStructure(packet.sequenceNumber);
      }
      if (hasActiveTargets) reader.read(this.#targetCount);
    }
    if (packet.sequenceNumber >= this.#structureSequenceNumber) this.#findLayer(first & templateIdMask, hasIndications);
  }

  #findLayer(templateId: number, hasIndications: boolean): void {
    const index = (templateId + maxTemplates - this.#templateOffset) % maxTemplates;
    if (index >= this.#templateCount) return;
    this.switchTargets = this.#switchTargets[index] as number;
    if (hasIndications) {
      this.switchTargets = this.#readIndications(-1);
      if (this.#reader.isPastEnd) return;
    }
    this.hasLayer = true;
    this.spatialLayer = this.#spatialLayers[index] as number;
    this.temporalLayer = this.#temporalLayers[index] as number;
    this.ownTargets = this.#ownTargets[index] as number;
  }

  #readStructure(sequenceNumber: number): void {
    const reader = this.#reader;
    this.#structureSequenceNumber = sequenceNumber;
    this.#templateOffset = reader.read(6);
    this.#targetCount = reader.read(5) + 1;
    this.#targetSpatialLayers.fill(0);
    this.#targetTemporalLayers.fill(0);
    const count = this.#readTemplateLayers();
    this.#templateCount = 0;
    for (let template = 0; template < count; template += 1) {
      this.#switchTargets[template] = this.#readIndications(template);
    }
    for (let template = 0; template < count; template += 1) this.#skipFrameDifferences();
    this.#skipChains(count);
    if (reader.read(1) === 1) {
      const layers = (this.#spatialLayers[count - 1] ?? 0) + 1;
      for (let layer = 0; layer < layers; layer += 1) reader.read(32);
    }
    if (reader.isPastEnd) return;
    for (let template = 0; template < count; template += 1) this.#ownTargets[template] = this.#findOwnTargets(template);
    this.#templateCount = count;
  }

  /** Returns how many there are, 0 when they are malformed. */
  #readTemplateLayers(): number {
    let spatialLayer = 0;
    let temporalLayer = 0;
    for (let template = 0; template < maxTemplates; template += 1) {
      this.#spatialLayers[template] = spatialLayer;
      this.#temporalLayers[template] = temporalLayer;
      const next = this.#reader.read(2);
      if (next === noMoreLayers) return template + 1;
      if (next === nextTemporalLayer) temporalLayer += 1;
      if (next === nextSpatialLayer) {
        temporalLayer = 0;
        spatialLayer += 1;
      }
      if (temporalLayer >= maxTemporalLayers || spatialLayer >= maxSpatialLayers || this.#reader.isPastEnd) return 0;
    }
    return 0;
  }

  /**
   * Reads an indication for each decode target and returns a bit for each that can be switched to. Those of a template say also
   * which layers its targets have.
   */
  #readIndications(template: number): number {
    let switches = 0;
    for (let target = 0; target < this.#targetCount; target += 1) {
      const indication = this.#reader.read(2);
      if (indication === switchIndication) switches |= 1 << target;
      if (template >= 0 && indication !== notPresent) this.#raiseTarget(target, template);
    }
    return switches;
  }

  #raiseTarget(target: number, template: number): void {
    const spatialLayer = this.#spatialLayers[template] as number;
    const temporalLayer = this.#temporalLayers[template] as number;
    if (spatialLayer > (this.#targetSpatialLayers[target] as number)) this.#targetSpatialLayers[target] = spatialLayer;
    if (temporalLayer > (this.#targetTemporalLayers[target] as number)) {
      this.#targetTemporalLayers[target] = temporalLayer;
    }
  }

  #findOwnTargets(template: number): number {
    let targets = 0;
    for (let target = 0; target < this.#targetCount; target += 1) {
      const isOwn =
        this.#targetSpatialLayers[target] === this.#spatialLayers[template] &&
        this.#targetTemporalLayers[target] === this.#temporalLayers[template];
      if (isOwn) targets |= 1 << target;
    }
    return targets;
  }

  #skipFrameDifferences(): void {
    while (this.#reader.read(1) === 1 && !this.#reader.isPastEnd) this.#reader.read(4);
  }

  #skipChains(templateCount: number): void {
    const reader = this.#reader;
    const chainCount = reader.readNonSymmetric(this.#targetCount + 1);
    if (chainCount === 0) return;
    for (let target = 0; target < this.#targetCount; target += 1) reader.readNonSymmetric(chainCount);
    for (let chain = 0; chain < chainCount * templateCount && !reader.isPastEnd; chain += 1) reader.read(4);
  }
}
