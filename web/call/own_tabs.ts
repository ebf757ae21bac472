import { signal } from "@preact/signals";

/** What tabs of one browser tell each other: who asks, who is in a room, who is out, and who takes the call over. */
interface TabMessage {
  readonly type: "asked" | "entered" | "left" | "taken";
  readonly room: string;
  readonly tab: string;
}

/** The other tabs of this browser that have the page open. They hear each other's loudspeakers, and one may take a call over from another. */
export class OwnTabs {
  /** Whether another tab is in the room that this one looks at. */
  readonly isElsewhere = signal(false);
  readonly #channel = new BroadcastChannel("signalbox.call");
  // Not of the session storage: a tab that is duplicated would have the same.
  readonly #tab = `${Math.random()}`;
  readonly #others = new Set<string>();
  #room = "";
  #isIn = false;

  /** `taken` is called when another tab took over the call that this one is in. */
  constructor(taken: () => void) {
    this.#channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
      if (data.room !== this.#room) return;
      if (data.type === "asked" && this.#isIn) this.#tell("entered");
      if (data.type === "entered") this.#others.add(data.tab);
      if (data.type === "left") this.#others.delete(data.tab);
      this.isElsewhere.value = this.#others.size > 0;
      if (data.type === "taken" && this.#isIn) taken();
    };
  }

  /** Asks who is in a room. */
  look(room: string): void {
    this.#forget();
    this.#room = room;
    this.#tell("asked");
  }

  /** This tab is in the room now. */
  enter(): void {
    this.#isIn = true;
    this.#tell("entered");
  }

  leave(): void {
    if (this.#isIn) this.#tell("left");
    this.#isIn = false;
  }

  /** Has the other tabs leave the room. */
  take(): void {
    this.#tell("taken");
    this.#forget();
  }

  #forget(): void {
    this.#others.clear();
    this.isElsewhere.value = false;
  }

  #tell(type: TabMessage["type"]): void {
    this.#channel.postMessage({ type, room: this.#room, tab: this.#tab } satisfies TabMessage);
  }
}
