import { WasmFunction } from "./wasm_function.ts";

/** Packets whose tags are computed together. */
export const laneCount = 4;

// Where things stand in the block of memory that the function is given. A "row" is one 32-bit word of each lane.

/** Five rows: the state of SHA-1 after the block of the inner key, or after all the inner hash. */
export const innerRows = 0;
/** Five rows: the state after the block of the outer key. */
export const outerRows = 80;
/** One row: how many blocks of 64 bytes each lane has. */
export const blockCounts = 160;
/** One row: addresses to which the tags go, 16 bytes each. */
export const tagAddresses = 176;

const roundConstants = [0x5a_82_79_99, 0x6e_d9_eb_a1, 0x8f_1b_bc_dc, 0xca_62_c1_d6] as const;
const swapBytes = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const lowWords = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const highWords = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const highHalves = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
const lanes = [0, 1, 2, 3] as const;

type Rows = readonly number[];

/**
 * Writes the function that computes four HMAC-SHA1 (RFC 2104; FIPS 180-4, 6.1.2) at once, one in each 32-bit lane of its
 * vectors: the inner hash of messages that are padded already, then the outer hash. Takes the four addresses of the messages,
 * the number of blocks of the longest, and the address of the rows above.
 */
export function writeHmacLanes(): WasmFunction {
  const code = new WasmFunction("i32", "i32", "i32", "i32", "i32", "i32");
  const blocks = 4;
  const rows = 5;
  const block = code.local("i32");
  const mask = code.local("v128");
  const spare = code.local("v128");
  const words = Array.from({ length: 16 }, () => code.local("v128"));
  const state = Array.from({ length: 5 }, () => code.local("v128"));
  const work = Array.from({ length: 5 }, () => code.local("v128"));

  for (const [i, row] of state.entries())
    code
      .get(rows)
      .load(innerRows + 16 * i)
      .set(row);
  code.repeat(() => {
    code
      .get(block)
      .get(blocks)
      .do("i32.sub")
      .if(
        () => {
          for (const quarter of lanes) loadWords(code, quarter, words.slice(4 * quarter, 4 * quarter + 4), work);
          for (const lane of lanes) code.get(lane).i32(64).do("i32.add").set(lane);
          // A lane whose message has ended keeps its state.
          code.get(rows).load(blockCounts).get(block).do("i32x4.splat", "i32x4.gt_u").set(mask);
        },
        () => {
          // The message of the outer hash: the state, a 1 bit, and its length with the block of the key.
          for (const [i, row] of state.entries()) code.get(row).set(words[i] as number);
          for (let i = 5; i < 16; i++) {
            code
              .i32(i === 5 ? 0x80_00_00_00 : i === 15 ? 8 * (64 + 20) : 0)
              .do("i32x4.splat")
              .set(words[i] as number);
          }
          for (const [i, row] of state.entries())
            code
              .get(rows)
              .load(outerRows + 16 * i)
              .set(row);
          code.i32(-1).do("i32x4.splat").set(mask);
        },
      );
    for (const [i, row] of state.entries()) code.get(row).set(work[i] as number);
    const result = writeRounds(code, words, work, spare);
    for (const [i, row] of state.entries()) {
      code
        .get(row)
        .get(result[i] as number)
        .do("i32x4.add")
        .get(row)
        .get(mask)
        .do("v128.bitselect")
        .set(row);
    }
    code.get(block).i32(1).do("i32.add").tee(block).get(blocks).do("i32.le_u");
  });
  writeTags(code, rows, state, work);
  return code;
}

/** Four words of each message, in the byte order of SHA-1, as rows. */
function loadWords(code: WasmFunction, quarter: number, into: Rows, spare: Rows): void {
  for (const lane of lanes) {
    const row = into[lane] as number;
    code
      .get(lane)
      .load(16 * quarter)
      .tee(row)
      .get(row)
      .shuffle(swapBytes)
      .set(row);
  }
  transpose(code, into, spare);
}

function transpose(code: WasmFunction, rows: Rows, spare: Rows): void {
  const [a, b, c, d] = rows as [number, number, number, number];
  const [e, f, g, h] = spare as [number, number, number, number];
  code.get(a).get(b).shuffle(lowWords).set(e).get(a).get(b).shuffle(highWords).set(f);
  code.get(c).get(d).shuffle(lowWords).set(g).get(c).get(d).shuffle(highWords).set(h);
  code.get(e).get(g).shuffle(lowHalves).set(a).get(e).get(g).shuffle(highHalves).set(b);
  code.get(f).get(h).shuffle(lowHalves).set(c).get(f).get(h).shuffle(highHalves).set(d);
}

/** @returns the work variables in the order a to e after the last round */
function writeRounds(code: WasmFunction, words: Rows, work: Rows, spare: number): Rows {
  let [a, b, c, d, e] = work as [number, number, number, number, number];
  for (let round = 0; round < 80; round++) {
    if (round >= 16) writeSchedule(code, words, round, spare);
    const phase = Math.floor(round / 20);
    code
      .get(e)
      .get(words[round % 16] as number)
      .do("i32x4.add");
    code.i32(roundConstants[phase] as number).do("i32x4.splat", "i32x4.add");
    if (phase === 0) code.get(b).get(c).get(d).do("v128.xor", "v128.and").get(d).do("v128.xor");
    else if (phase === 2) {
      code.get(b).get(c).do("v128.and").get(b).get(c).do("v128.xor").get(d).do("v128.and", "v128.xor");
    } else code.get(b).get(c).do("v128.xor").get(d).do("v128.xor");
    code.do("i32x4.add");
    rotate(code.get(a), a, 5).do("i32x4.add").set(e);
    rotate(code.get(b), b, 30).set(b);
    [a, b, c, d, e] = [e, a, b, c, d];
  }
  return [a, b, c, d, e];
}

function writeSchedule(code: WasmFunction, words: Rows, round: number, spare: number): void {
  const word = words[round % 16] as number;
  code
    .get(words[(round + 13) % 16] as number)
    .get(words[(round + 8) % 16] as number)
    .do("v128.xor");
  code
    .get(words[(round + 2) % 16] as number)
    .get(word)
    .do("v128.xor", "v128.xor");
  rotate(code.tee(spare), spare, 1).set(word);
}

/** Rotates the value on the stack, which is that of `local`, to the left. */
function rotate(code: WasmFunction, local: number, bits: number): WasmFunction {
  return code
    .i32(bits)
    .do("i32x4.shl")
    .get(local)
    .i32(32 - bits)
    .do("i32x4.shr_u", "v128.or");
}

/** The first 16 bytes of each digest to where the caller wants them. */
function writeTags(code: WasmFunction, rows: number, state: Rows, spare: Rows): void {
  transpose(code, state.slice(0, 4), spare);
  for (const lane of lanes) {
    const row = state[lane] as number;
    code
      .get(rows)
      .loadI32(tagAddresses + 4 * lane)
      .get(row)
      .get(row)
      .shuffle(swapBytes)
      .store();
  }
}
