import { signal } from "@preact/signals";
import type { PlainWords } from "./plain_words.ts";

/** Something that is shown for a while, and read out. */
export interface Notice extends PlainWords {
  readonly id: number;
  /** Whether it is a fault, which stays until it is closed. */
  readonly isFault: boolean;
}

/** How long a notice stays, and how many at once; ours. */
const shownMs = 5_000;
const maxShown = 3;

/** What happened lately. */
export class Notices {
  readonly shown = signal<readonly Notice[]>([]);
  #nextId = 1;

  /** Says something that happened. */
  say(title: string, advice = ""): void {
    const id = this.#add({ title, advice }, false);
    setTimeout(() => this.close(id), shownMs);
  }

  /** Says what went wrong, and what to do. */
  fail(words: PlainWords): void {
    for (const { id, title } of this.shown.value) if (title === words.title) this.close(id);
    this.#add(words, true);
  }

  /** Closes what is no fault: it is seen elsewhere now. */
  clear(): void {
    this.shown.value = this.shown.value.filter(({ isFault }) => isFault);
  }

  close(id: number): void {
    this.shown.value = this.shown.value.filter((notice) => notice.id !== id);
  }

  #add({ title, advice }: PlainWords, isFault: boolean): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.shown.value = [...this.shown.value, { id, title, advice, isFault }].slice(-maxShown);
    return id;
  }
}
