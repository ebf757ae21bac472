import { laneCount, writeHmacLanes } from "./hmac_lanes.ts";
import { padBytes, writeCrypt, writePad } from "./packet_functions.ts";
import { buildWasmModule } from "./wasm_module.ts";

/** Longest packet: what fits a UDP datagram. */
export const maxPacketBytes = 65_535;
/** In front of a packet, for the block of an HMAC key (RFC 2104, 2). */
export const keyBlockBytes = 64;
/** A slot holds the keystream of 18 video packets of 1,100 bytes: fewer cost more each, and more gain nothing. Ours. */
export const slotBytes = 20_480;
/** Streams that have keystream ready, at most: more than one core serves. 20 MiB if all of them are busy with video. Ours. */
export const slotCount = 1_024;

/** Where {@link hmacLanes} finds its rows. */
export const rowsAddress = 0;
const firstLane = 1_024;
// Not a multiple of 4,096, or the lanes would compete for the same lines of the cache.
const laneBytes = keyBlockBytes + Math.ceil((maxPacketBytes + padBytes) / 64) * 64 + 64;
/** Keystream that is used at once. */
export const scratchAddress = firstLane + laneCount * laneBytes;
/** For the longest packet, in whole blocks. */
export const scratchBytes = Math.ceil(maxPacketBytes / 16) * 16;
const firstSlot = scratchAddress + scratchBytes;

const { functions, memory } = buildWasmModule(
  { crypt: writeCrypt(), pad: writePad(), hmacLanes: writeHmacLanes() },
  firstSlot + slotCount * slotBytes,
);

/** Where packets are protected: each is copied here and back, since WebAssembly sees no other memory. One for the process. */
export const packetMemory: Buffer = Buffer.from(memory);
/** The same, as 32-bit words. */
export const packetWords = new Int32Array(memory);
export const { crypt, pad, hmacLanes } = functions;

/** Where a packet of a lane begins; `keyBlockBytes` before it are free. */
export function laneAddress(lane: number): number {
  return firstLane + lane * laneBytes + keyBlockBytes;
}

/** Where a slot of keystream begins. */
export function slotAddress(slot: number): number {
  return firstSlot + slot * slotBytes;
}
