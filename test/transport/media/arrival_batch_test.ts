import { describe, expect, it } from "vitest";
import { type Arrival, ArrivalBatch } from "../../../transport/media/arrival_batch.ts";
import type { SrtpReceiveStream } from "../../../transport/media/srtp/srtp_receiver.ts";

/** Takes every packet but those that begin with 0. */
const stream: SrtpReceiveStream = {
  lanes: undefined,
  estimateIndex: () => 0,
  admits: () => true,
  accept: () => undefined,
  unprotect: (datagram) => (datagram[0] === 0 ? -1 : datagram.length),
};

const places = Array.from({ length: 200 }, () => Buffer.alloc(4));

/** What happens to each, in words. `place` is where it goes; none for one that is taken alone. */
class TestArrival implements Arrival {
  readonly stream = stream;
  datagram = Buffer.alloc(0);
  readonly headerLength = 0;
  index = 0;
  out = Buffer.alloc(0);
  length = -1;
  place: number | undefined;
  isReleased = true;
  /** Cannot be prepared before the others are taken. */
  isOnlyFirst = false;
  onTaken: () => void = () => undefined;
  readonly #told: string[];

  constructor(told: string[]) {
    this.#told = told;
  }

  prepare(isFirst: boolean): boolean {
    this.out = places[this.place ?? 0] ?? this.out;
    return this.place !== undefined && (isFirst || !this.isOnlyFirst);
  }

  takeAlone(): void {
    this.#told.push(`${this.datagram} alone`);
    this.onTaken();
  }

  takeVerified(): void {
    this.#told.push(this.length === -1 ? "refused" : `${this.datagram}`);
    this.onTaken();
  }

  fail(error: unknown): void {
    this.#told.push(`${this.datagram} failed: ${error instanceof Error ? error.message : error}`);
  }

  release(): void {
    this.isReleased = true;
    this.onTaken = () => undefined;
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

function start() {
  const told: string[] = [];
  const arrivals: TestArrival[] = [];
  const create = () => {
    const arrival = new TestArrival(told);
    arrivals.push(arrival);
    return arrival;
  };
  const batch = new ArrivalBatch(create, (take) => {
    told.push("<");
    try {
      take();
    } finally {
      told.push(">");
    }
  });
  const add = (text: string, place?: number, onTaken: () => void = () => undefined) => {
    const arrival = batch.next();
    Object.assign(arrival, { datagram: Buffer.from(text), place, onTaken, isReleased: false });
    batch.add();
  };
  return { told, arrivals, batch, add };
}

describe("arrival batch", () => {
  it("[RX77] takes in at the end of a turn what came in it, in its order", async () => {
    const { told, arrivals, add } = start();
    add("a", 1);
    add("b", 2);
    add("c");
    add("\0", 3);
    for (const [index, text] of ["d", "e", "f", "g", "h"].entries()) add(text, 10 + index);
    expect(told).toEqual([]);
    await endOfTurn();
    expect(told.join(" ")).toBe("< a b c alone refused d e f g h >");
    expect(arrivals.every(({ isReleased }) => isReleased)).toBe(true);
    await endOfTurn();
    add("i", 1);
    await endOfTurn();
    expect(told.slice(-3)).toEqual(["<", "i", ">"]);
  });

  it("[RX77] takes one that goes to the place of another after it", async () => {
    const { told, add } = start();
    for (const [text, place] of [
      ["a", 1],
      ["b", 1],
      ["c", 2],
      ["d", 1],
    ] as const)
      add(text, place);
    await endOfTurn();
    expect(told.join(" ")).toBe("< a b c d >");
  });

  it("[RX77] verifies one whose number is far from another's after it", () => {
    const { batch, told, arrivals, add } = start();
    const verified: string[] = [];
    for (const [place, index] of [10, 20, 4_200, 30].entries()) {
      const text = String(index);
      add(text, place, () => verified.push(`${text} with ${arrivals.filter(({ length }) => length > 0).length}`));
      Object.assign(arrivals[place] as TestArrival, { index, length: -1 });
    }
    batch.flush();
    expect(told.join(" ")).toBe("< 10 20 4200 30 >");
    expect(verified).toEqual(["10 with 2", "20 with 2", "4200 with 3", "30 with 4"]);
  });

  it("[RX77] prepares one again that could not be before the others were taken", () => {
    const { batch, told, arrivals, add } = start();
    const second = arrivals[1] as TestArrival;
    add("a", 1, () => expect(second.length).toBe(-1));
    add("b", 2);
    add("c", 3);
    second.isOnlyFirst = true;
    batch.flush();
    expect(told.join(" ")).toBe("< a b c >");
  });

  it("[RX77] does not wait for the end of the turn with 64 packets", async () => {
    const { told, add } = start();
    for (let count = 0; count < 70; count += 1) add(String(count), count);
    expect(told.length).toBe(66);
    await endOfTurn();
    expect(told.filter((text) => !/[<>]/.test(text)).map(Number)).toEqual(Array.from({ length: 70 }, (_, i) => i));
  });

  it("[RX77] a fault in one is told, and spoils no other", () => {
    const { told, arrivals, batch, add } = start();
    const fail = () => {
      throw new Error("no");
    };
    add("a", 1);
    add("b", 2, fail);
    add("c", 3);
    add("d", undefined, fail);
    add("e", 4);
    batch.flush();
    expect(arrivals.every(({ isReleased }) => isReleased)).toBe(true);
    add("f", 3);
    batch.flush();
    expect(told).toEqual(["<", "a", "b", "b failed: no", "c", "d alone", "d failed: no", "e", ">", "<", "f", ">"]);
  });
});
