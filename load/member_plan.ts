import type { LoadOptions } from "./load_options.ts";

/** Who a member is, and when it comes. */
export interface MemberPlan {
  readonly room: string;
  readonly name: string;
  readonly isPublisher: boolean;
  /** From the start of the run. */
  readonly joinAtMs: number;
}

/**
 * Shares the members out to processes: whole rooms where there are enough of them, so that each process has as much to do. All
 * rooms fill at the same time, one member after another.
 */
export function planMembers(options: LoadOptions): MemberPlan[][] {
  const { rooms, peers, publishers, processes, rampMs, roomPrefix } = options;
  const shares: MemberPlan[][] = Array.from({ length: processes }, () => []);
  for (let peer = 0; peer < peers; peer += 1) {
    for (let room = 0; room < rooms; room += 1) {
      const order = peer * rooms + room;
      const share = shares[(rooms >= processes ? room : order) % processes];
      share?.push({
        room: `${roomPrefix}-${room + 1}`,
        name: `bot ${peer + 1}`,
        isPublisher: peer < publishers,
        joinAtMs: (order * rampMs) / (rooms * peers),
      });
    }
  }
  return shares;
}
