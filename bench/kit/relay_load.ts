/** Of a camera, and packets of a microphone. */
export const framesPerSecond = 30;
export const audioPerSecond = 50;

/** Tracks whose packets come together, again and again. */
export interface RelayTurns {
  readonly turns: number;
  readonly tracks: number;
  /** That come in a turn, of each track. */
  readonly packets: number;
  readonly packetBytes: number;
}

/** Members of a call, each with a camera (30 frames a second) and a microphone (50 packets), and each at times of its own. */
export interface RelayCall {
  readonly members: number;
  readonly seconds: number;
  readonly packetsPerFrame: number;
  readonly packetBytes: number;
}

export type RelayLoad = RelayTurns | RelayCall;

/** What is measured of a cluster. */
export const callLoads: readonly (RelayLoad & { readonly name: string })[] = [
  { name: "a call of 12: cameras of 30 x 4 packets in a second, microphones of 50", ...callOf(12) },
  { name: "a call of 50", ...callOf(50) },
  { name: "10 tracks, 3 packets of each every 2 ms", turns: 2_000, tracks: 10, packets: 3, packetBytes: 1_100 },
  { name: "10 tracks, 9 packets of each every 2 ms", turns: 2_000, tracks: 10, packets: 9, packetBytes: 1_100 },
];

function callOf(members: number): RelayCall {
  return { members, seconds: 2, packetsPerFrame: 4, packetBytes: 1_100 };
}

/** How many are to cross. */
export function packetsOf(load: RelayLoad): number {
  if ("turns" in load) return load.packets * load.tracks * load.turns;
  const { members, seconds, packetsPerFrame } = load;
  return members * seconds * (framesPerSecond * packetsPerFrame + audioPerSecond);
}
