import { type AllocatedLayer, LayerLadder, type LayerRung } from "./layer_ladder.ts";

/** How often choices are made without a change of streams, in milliseconds. Ours. */
const intervalMs = 150;
/** What is sent may be this much over the estimate before anything is lowered, since rates vary. Ours. */
const downMargin = 1.05;
/** What would be sent has to fit so many times into the estimate before anything is raised. Ours; LiveKit's is 1.2 for a probe. */
const upMargin = 1.1;
/** How long there has to be room before anything is raised, in milliseconds: doubles with each raise that did not last, up to the second value. Ours. */
const minHoldMs = 1_000;
const maxHoldMs = 32_000;
/** A raise lasted if nothing was lowered for so many milliseconds. Ours; mediasoup waits as long after it lowered. */
const raiseProvenMs = 10_000;
/** Raises in a round of the stream with the highest priority. Ours. */
const maxPriority = 16;

/** A stream that goes to the client, as the allocator sees it. */
export interface AllocatedStream {
  readonly kind: "audio" | "video";
  /** False while nothing of it is sent: unsubscribed, muted. */
  readonly isActive: boolean;
  /** The lowest first. */
  readonly layers: readonly AllocatedLayer[];
  /** The highest layer that its subscriber wants; one that there is not means the highest there is. */
  readonly preferredLayer: number;
  /** How many steps it is raised in each round; 1 without, 16 at most. */
  readonly priority?: number;
  /** Called when the choice changes: forward this layer, up to this temporal layer ({@link allTemporalLayers} for all). */
  setTarget(layer: number, temporalLayer: number): void;
}

/** Estimates that would be of use, in bit/s. */
export interface RaiseGoal {
  /** Allows the cheapest raise of a stream. */
  readonly next: number;
  /** Allows everything that is wanted. */
  readonly all: number;
}

/** A video and its choice. */
interface Share {
  readonly stream: AllocatedStream;
  readonly ladder: LayerLadder;
  /** Place on the ladder, now and while it is weighed. */
  place: number;
  weighed: number;
  /** What was told last; -1 before. */
  layer: number;
  temporalLayer: number;
  /** What the streams were like when last looked at. */
  preferredLayer: number;
  available: number;
}

/**
 * Shares out what the path to one client carries. Audio comes first; each video gets its lowest layer whatever the path
 * carries; then they are raised in turn, a step each round. Lowered at once, raised when there has been room for a time.
 */
export class LayerAllocator {
  readonly #audios = new Set<AllocatedStream>();
  readonly #shares = new Map<AllocatedStream, Share>();
  #active: Share[] = [];
  #isChanged = true;
  #ranAtMs = Number.NEGATIVE_INFINITY;
  #roomSinceMs = -1;
  /** The last raise since anything was lowered; -1 for none. */
  #raisedAtMs = -1;
  #loweredAtMs = Number.NEGATIVE_INFINITY;
  #holdMs = minHoldMs;
  #allocated = 0;
  #wanted = 0;
  #goal: RaiseGoal | undefined;

  /** What is chosen costs so much, in bit/s, with audio. */
  get allocatedBitrate(): number {
    return this.#allocated;
  }

  /** What everything that is wanted would cost, in bit/s. */
  get wantedBitrate(): number {
    return this.#wanted;
  }

  /** Undefined when everything has what it wants. */
  get raiseGoal(): RaiseGoal | undefined {
    return this.#goal;
  }

  /** How long there has to be room before anything is raised, in milliseconds. */
  get holdMs(): number {
    return this.#holdMs;
  }

  add(stream: AllocatedStream): void {
    this.#isChanged = true;
    if (stream.kind === "audio") {
      this.#audios.add(stream);
      return;
    }
    if (this.#shares.has(stream)) return;
    this.#shares.set(stream, {
      stream,
      ladder: new LayerLadder(),
      place: 0,
      weighed: 0,
      layer: -1,
      temporalLayer: -1,
      preferredLayer: -1,
      available: 0,
    });
  }

  remove(stream: AllocatedStream): void {
    this.#audios.delete(stream);
    if (this.#shares.delete(stream)) this.#isChanged = true;
  }

  /** A stream changed what it wants: the next `update` does not wait. */
  invalidate(): void {
    this.#isChanged = true;
  }

  /**
   * With each feedback, each 100 ms or so, and when streams changed; does nothing more often than needed.
   *
   * @param estimate in bit/s; undefined when nothing is known, and everything gets what it prefers
   */
  update(estimate: number | undefined, nowMs: number): void {
    if (!this.#isChanged && nowMs - this.#ranAtMs < intervalMs) return;
    this.#ranAtMs = nowMs;
    const isChanged = this.#look(nowMs);
    this.#isChanged = false;
    const budget = (estimate ?? Number.POSITIVE_INFINITY) - this.#audioBitrate();
    if (isChanged) this.#allocateAnew(budget, nowMs);
    else if (this.#cost("place") > budget * downMargin) this.#lower(budget, nowMs);
    else this.#mayRaise(budget, nowMs);
    this.#tell();
    this.#sumUp();
  }

  /** Looks at the streams. Returns whether what is possible changed. */
  #look(nowMs: number): boolean {
    let isChanged = false;
    const active: Share[] = [];
    for (const share of this.#shares.values()) {
      const { stream, ladder } = share;
      if (!stream.isActive) continue;
      active.push(share);
      ladder.build(stream.layers, stream.preferredLayer, nowMs);
      if (share.preferredLayer !== stream.preferredLayer || share.available !== ladder.available) isChanged = true;
      share.preferredLayer = stream.preferredLayer;
      share.available = ladder.available;
      share.place = share.layer < 0 ? 0 : ladder.placeOf(share.layer, share.temporalLayer);
    }
    if (active.length !== this.#active.length || active.some((share, index) => share !== this.#active[index])) {
      isChanged = true;
    }
    this.#active = active;
    return isChanged;
  }

  /** From the start, with what there is to share now. A raise that does not last is not tried sooner for that. */
  #allocateAnew(budget: number, nowMs: number): void {
    this.#roomSinceMs = -1;
    const mayRaise = nowMs - this.#loweredAtMs >= this.#holdMs;
    for (const share of this.#active) share.weighed = 0;
    this.#raiseInRounds(budget / upMargin);
    for (const share of this.#active) {
      const isNew = share.layer < 0;
      share.place = isNew || mayRaise ? share.weighed : Math.min(share.place, share.weighed);
    }
  }

  #lower(budget: number, nowMs: number): void {
    this.#roomSinceMs = -1;
    for (const share of this.#active) share.weighed = 0;
    this.#raiseInRounds(budget);
    let isLowered = false;
    for (const share of this.#active) {
      if (share.weighed >= share.place) continue;
      share.place = share.weighed;
      isLowered = true;
    }
    if (!isLowered) return;
    if (this.#raisedAtMs >= 0 && nowMs - this.#raisedAtMs < raiseProvenMs)
      this.#holdMs = Math.min(2 * this.#holdMs, maxHoldMs);
    this.#raisedAtMs = -1;
    this.#loweredAtMs = nowMs;
  }

  #mayRaise(budget: number, nowMs: number): void {
    if (this.#raisedAtMs >= 0 && nowMs - this.#raisedAtMs >= raiseProvenMs) this.#holdMs = minHoldMs;
    for (const share of this.#active) share.weighed = share.place;
    this.#raiseInRounds(budget / upMargin);
    if (!this.#active.some(({ place, weighed }) => weighed > place)) {
      this.#roomSinceMs = -1;
      return;
    }
    if (this.#roomSinceMs < 0) this.#roomSinceMs = nowMs;
    if (nowMs - this.#roomSinceMs < this.#holdMs && budget !== Number.POSITIVE_INFINITY) return;
    for (const share of this.#active) share.place = share.weighed;
    this.#raisedAtMs = nowMs;
    this.#roomSinceMs = -1;
  }

  /** Raises what is weighed by rounds, the lowest layers first, as long as a step fits. */
  #raiseInRounds(budget: number): void {
    let left = budget - this.#cost("weighed");
    const open = new Set(this.#active);
    while (open.size > 0) {
      for (const share of [...open].sort(compareTurns)) {
        const steps = priorityOf(share);
        for (let step = 0; step < steps && open.has(share); step += 1) {
          const cost = stepCost(share);
          if (cost === undefined || cost > left) {
            open.delete(share);
          } else {
            share.weighed += 1;
            left -= cost;
          }
        }
      }
    }
  }

  #cost(which: "place" | "weighed"): number {
    return this.#active.reduce((sum, share) => sum + rungOf(share, share[which]).bitrate, 0);
  }

  #audioBitrate(): number {
    let sum = 0;
    for (const { isActive, layers } of this.#audios) if (isActive) sum += layers[0]?.bitrate ?? 0;
    return sum;
  }

  #tell(): void {
    for (const share of this.#active) {
      const { layer, temporalLayer } = rungOf(share, share.place);
      if (share.layer === layer && share.temporalLayer === temporalLayer) continue;
      share.layer = layer;
      share.temporalLayer = temporalLayer;
      share.stream.setTarget(layer, temporalLayer);
    }
  }

  #sumUp(): void {
    const audio = this.#audioBitrate();
    let wanted = audio;
    let cheapest = Number.POSITIVE_INFINITY;
    for (const share of this.#active) {
      wanted += rungOf(share, share.ladder.rungs.length - 1).bitrate;
      share.weighed = share.place;
      cheapest = Math.min(cheapest, stepCost(share) ?? Number.POSITIVE_INFINITY);
    }
    this.#allocated = audio + this.#cost("place");
    this.#wanted = wanted;
    const hasGoal = cheapest !== Number.POSITIVE_INFINITY;
    this.#goal = hasGoal
      ? { next: upMargin * (this.#allocated + cheapest), all: upMargin * Math.max(wanted, this.#allocated + cheapest) }
      : undefined;
  }
}

/** Lower layers first, then higher priorities. */
function compareTurns(a: Share, b: Share): number {
  return rungOf(a, a.weighed).layer - rungOf(b, b.weighed).layer || priorityOf(b) - priorityOf(a);
}

function priorityOf({ stream }: Share): number {
  return Math.min(Math.max(Math.floor(stream.priority ?? 1), 1), maxPriority);
}

function rungOf({ ladder }: Share, place: number): LayerRung {
  return ladder.rungs[Math.min(place, ladder.rungs.length - 1)] ?? { layer: 0, temporalLayer: 0, bitrate: 0 };
}

/** What one step up from where it is weighed costs more; undefined at the top. */
function stepCost(share: Share): number | undefined {
  const next = share.ladder.rungs[share.weighed + 1];
  return next === undefined ? undefined : next.bitrate - rungOf(share, share.weighed).bitrate;
}
