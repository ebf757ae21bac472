/**
 * Gives the memory of a buffer back at once; the buffer is empty afterwards. Left to the garbage collector, megabytes a second outside
 * of its heap make it mark all of the heap every few seconds: a quarter of all that a forwarded packet cost.
 *
 * @param buffer with an `ArrayBuffer` that nobody else uses
 */
export function releaseMemory({ buffer }: Buffer): void {
  // The memory goes with the new buffer, which holds none.
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
