/** A template of a structure: its layers, and an indication for each decode target, as in the specification: `-DSR`. */
export interface MadeTemplate {
  readonly spatialLayer?: number;
  readonly temporalLayer: number;
  readonly indications: string;
  /** How many frames back each frame is that it refers to. */
  readonly differences?: readonly number[];
}

/** A template structure; the templates are in the order of their layers. */
export interface MadeStructure {
  readonly offset: number;
  readonly templates: readonly MadeTemplate[];
  readonly chains?: number;
  readonly resolutions?: number;
}

/** A dependency descriptor to write. */
export interface MadeDescriptor {
  readonly isStart?: boolean;
  readonly template: number;
  readonly frameNumber: number;
  readonly structure?: MadeStructure;
  /** Bits of `active_decode_targets_bitmask`. */
  readonly activeTargets?: string;
  /** Indications of this frame instead of those of its template. */
  readonly indications?: string;
}

/** Writes a dependency descriptor (RTP Payload Format For AV1, A.8), in hex. */
export function writeDescriptor(made: MadeDescriptor): string {
  const { isStart = true, template, frameNumber, structure, activeTargets, indications } = made;
  let bits = `${isStart ? 1 : 0}1${binary(template, 6)}${binary(frameNumber, 16)}`;
  if (structure !== undefined || activeTargets !== undefined || indications !== undefined) {
    bits += `${structure ? 1 : 0}${activeTargets ? 1 : 0}${indications ? 1 : 0}00`;
    if (structure !== undefined) bits += structureBits(structure);
    bits += (activeTargets ?? "") + indicationBits(indications ?? "");
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  return (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, "0")).join("");
}

function structureBits({ offset, templates, chains = 0, resolutions = 0 }: MadeStructure): string {
  const targets = templates[0]?.indications.length ?? 0;
  let bits = binary(offset, 6) + binary(targets - 1, 5);
  for (const [index, { spatialLayer = 0, temporalLayer }] of templates.entries()) {
    const next = templates[index + 1];
    if (next === undefined) bits += "11";
    else if ((next.spatialLayer ?? 0) > spatialLayer) bits += "10";
    else bits += next.temporalLayer > temporalLayer ? "01" : "00";
  }
  for (const { indications } of templates) bits += indicationBits(indications);
  for (const { differences = [] } of templates) {
    bits += `${differences.map((difference) => `1${binary(difference - 1, 4)}`).join("")}0`;
  }
  bits += nonSymmetric(chains, targets + 1);
  if (chains > 0) {
    for (let target = 0; target < targets; target += 1) bits += nonSymmetric(target % chains, chains);
    bits += "0001".repeat(chains * templates.length);
  }
  return `${bits}${resolutions > 0 ? 1 : 0}${binary(640, 16).repeat(2 * resolutions)}`;
}

function indicationBits(indications: string): string {
  return [...indications].map((letter) => binary("-DSR".indexOf(letter), 2)).join("");
}

/** AV1 Bitstream & Decoding Process, 4.10.7. */
function nonSymmetric(value: number, count: number): string {
  const width = Math.floor(Math.log2(count)) + 1;
  const shorter = 2 ** width - count;
  return value < shorter ? binary(value, width - 1) : binary(value + shorter, width);
}

function binary(value: number, width: number): string {
  return width === 0 ? "" : value.toString(2).padStart(width, "0");
}
