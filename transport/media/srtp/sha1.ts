const initialState = [0x67_45_23_01, 0xef_cd_ab_89, 0x98_ba_dc_fe, 0x10_32_54_76, 0xc3_d2_e1_f0] as const;

/** The state of SHA-1 after one block of 64 bytes (FIPS 180-4, 6.1.2), as five words. For keys; it is not made to be fast. */
export function compressSha1(block: Buffer): Int32Array {
  const words = Array.from({ length: 16 }, (_, i) => block.readInt32BE(4 * i));
  const at = (i: number): number => words[i] as number;
  for (let i = 16; i < 80; i++) words.push(rotate(at(i - 3) ^ at(i - 8) ^ at(i - 14) ^ at(i - 16), 1));
  let [a, b, c, d, e] = initialState as readonly number[] as [number, number, number, number, number];
  for (const [round, word] of words.entries()) {
    const next = (rotate(a, 5) + mix(round, b, c, d) + e + word) | 0;
    [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
  }
  return Int32Array.from([a, b, c, d, e], (word, i) => word + (initialState[i] as number));
}

/** The function and the constant of a round (FIPS 180-4, 4.1.1 and 4.2.1). */
function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a_82_79_99;
  if (round < 40) return (b ^ c ^ d) + 0x6e_d9_eb_a1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f_1b_bc_dc;
  return (b ^ c ^ d) + 0xca_62_c1_d6;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
