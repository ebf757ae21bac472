import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { ActorView } from "./actor_view.ts";
import { AdminToken } from "./admin_token.ts";
import { ClusterRecord } from "./cluster_record.ts";
import type { InspectorModel, Selected } from "./inspector_model.ts";
import { Intake, nextFrame } from "./intake.ts";
import { type FeedStatus, LiveFeed } from "./live_feed.ts";
import { NodeWatch } from "./node_watch.ts";
import { type Step, stepKey } from "./step.ts";
import { type FeedFilter, feedQuery, readAddress, type ViewAddress, writeAddress } from "./view_address.ts";

/** What was recorded is there when nothing of it came for so long. Ours. */
const quietMs = 1_500;

/** Browsers take a new address only so often, and some load the icon anew with each. Ours. */
const writingMs = 200;

/** What came, in numbers. */
export interface IntakeNumbers {
  readonly lost: number;
  readonly forgotten: number;
  readonly waiting: number;
}

/** The page as a whole: what the server told, what of it is looked at, and the address that says so. */
export class Inspector implements InspectorModel {
  readonly version = signal(0);
  /** Counts what changes the tree beside states. */
  readonly shape = signal(0);
  readonly status = signal<FeedStatus>({ kind: "connecting" });
  readonly isLive = signal(true);
  readonly numbers = signal<IntakeNumbers>({ lost: 0, forgotten: 0, waiting: 0 });
  /** Whether the first history is there. */
  readonly isFilled = signal(false);
  readonly address = signal<ViewAddress>(readAddress(location));
  readonly token = new AdminToken();
  readonly selected = computed<Selected>(() => this.#findSelected());
  #record = new ClusterRecord();
  #chosenStep: Step | null = null;
  #shapeShown = 0;
  #isHistoryComing = false;
  #stopQuiet: (() => void) | undefined;
  #stopWriting: (() => void) | undefined;
  readonly #intake = new Intake({
    take: (text) => this.#take(text),
    onBatch: () => this.#took(),
    nextFrame,
    now: () => performance.now(),
  });
  readonly #feed: LiveFeed;
  readonly #nodes = new NodeWatch({
    fetch: () => fetch("/api/v1/nodes", { headers: this.token.headers, cache: "no-store" }),
    after,
    onNodes: (nodes) => {
      if (this.status.peek().kind !== "live" || !this.isLive.peek()) return;
      this.#record.keepNodes(nodes, Date.now());
      this.#took();
    },
  });

  constructor() {
    this.#feed = new LiveFeed({
      url: () => this.#feedUrl(),
      headers: () => this.token.headers,
      subprotocols: () => this.token.subprotocols,
      onStatus: (status) => {
        this.status.value = status;
      },
      onOpen: () => {
        this.#nodes.ask();
        this.#record.beginHistory();
        this.#awaitQuiet();
      },
      onMessage: (text) => this.#intake.push(text),
      fetch: (url, init) => fetch(url, init),
      openSocket: (url, subprotocols) => new WebSocket(url, subprotocols),
      after,
      now: () => Date.now(),
      random: () => Math.random(),
    });
  }

  /** Opens the connection, and has the address follow what is looked at. */
  start(): void {
    this.#feed.open();
    addEventListener("hashchange", () => {
      this.address.value = readAddress(location);
    });
    addEventListener("popstate", () => {
      const [before, now] = [this.address.value, readAddress(location)];
      this.address.value = now;
      if (feedQuery(before.filter) !== feedQuery(now.filter)) this.#reopen();
    });
    effect(() => {
      this.address.value;
      this.#stopWriting?.();
      this.#stopWriting = after(writingMs, () => this.#writeAddress());
    });
  }

  /** A link that opens what is looked at. */
  get link(): string {
    this.#writeAddress();
    return location.href;
  }

  get actors(): ReadonlyMap<string, ActorView> {
    return this.#record.actors;
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  /** What somebody calls themselves. */
  nameOf(peerId: string | undefined): string | undefined {
    return this.#record.names.get(peerId);
  }

  select(actorId: string | null, step: Step | null = null): void {
    this.#chosenStep = step;
    this.look({ actorId, step: step === null ? null : stepKey(step) });
  }

  selectStep(step: Step | null): void {
    this.#chosenStep = step;
    this.look({ step: step === null ? null : stepKey(step) });
  }

  systemOf(actor: ActorView): readonly ActorView[] {
    return this.#record.systemOf(actor.rootId);
  }

  /** Changes what is looked at. */
  look(change: Partial<Omit<ViewAddress, "filter">>): void {
    this.address.value = { ...this.address.peek(), ...change };
  }

  /** Asks the server for something else; all that was there goes. */
  filterBy(filter: FeedFilter): void {
    const address = { ...this.address.value, filter };
    history.pushState(null, "", writeAddress(address) || location.pathname);
    this.address.value = address;
    this.#reopen();
  }

  /** Lets the page stand still, or go on. */
  follow(isLive: boolean): void {
    this.isLive.value = isLive;
    if (isLive) this.#intake.resume();
    else this.#intake.pause();
  }

  /** Tries to come in with another token. */
  enter(token: string): void {
    this.token.set(token);
    this.#feed.open();
  }

  retry(): void {
    this.#feed.retry();
  }

  #writeAddress(): void {
    const written = writeAddress(this.address.peek());
    if (written === `${location.search}${location.hash}`) return;
    history.replaceState(null, "", written === "" ? location.pathname : `${location.pathname}${written}`);
  }

  #reopen(): void {
    this.#record = new ClusterRecord();
    this.#intake.clear();
    batch(() => {
      this.isFilled.value = false;
      this.shape.value += 1;
      this.version.value += 1;
    });
    this.#feed.open();
  }

  #feedUrl(): string {
    const query = feedQuery(this.address.peek().filter);
    return `${location.origin}/inspect?${query === "" ? "" : `${query}&`}definitions=once`;
  }

  #take(text: string): void {
    if (this.#record.take(text)) this.#isHistoryComing = true;
  }

  #took(): void {
    const record = this.#record;
    batch(() => {
      this.version.value += 1;
      if (record.shape !== this.#shapeShown) {
        this.#shapeShown = record.shape;
        this.shape.value += 1;
      }
      this.#count();
    });
    if (this.#isHistoryComing && this.#stopQuiet !== undefined) this.#awaitQuiet();
    this.#isHistoryComing = false;
  }

  #count(): void {
    const { lost, forgotten } = this.#record;
    const numbers = { lost: lost + this.#intake.lost, forgotten, waiting: this.#intake.waitingCount };
    const shown = this.numbers.peek();
    if (numbers.lost !== shown.lost || numbers.forgotten !== shown.forgotten || numbers.waiting !== shown.waiting)
      this.numbers.value = numbers;
  }

  /** No message says where the history ends: it is there when nothing more comes for a while. */
  #awaitQuiet(): void {
    this.#stopQuiet?.();
    this.#stopQuiet = after(quietMs, () => {
      if (this.#intake.waitingCount > 0) return this.#awaitQuiet();
      this.#stopQuiet = undefined;
      this.#record.endHistory(Date.now());
      this.isFilled.value = true;
      this.#took();
    });
  }

  #findSelected(): Selected {
    this.version.value;
    const { actorId, step: key } = this.address.value;
    const actor = actorId === null ? null : (this.#record.actors.get(actorId) ?? null);
    if (key === null) return { actor, step: null };
    // A step that was forgotten meanwhile is shown on, as long as it is looked at.
    if (this.#chosenStep === null || stepKey(this.#chosenStep) !== key)
      this.#chosenStep = untracked(() => this.#findStep(key, actor));
    return { actor, step: this.#chosenStep };
  }

  #findStep(key: string, actor: ActorView | null): Step | null {
    const colon = key.lastIndexOf(":");
    const [node, seq] = [key.slice(0, colon), Number(key.slice(colon + 1))];
    const near = actor === null ? [] : this.#record.systemOf(actor.rootId);
    for (const each of [...near, ...this.#record.actors.values()]) {
      if (each.node !== node) continue;
      const found = each.steps.find((step) => step.seq === seq);
      if (found !== undefined) return found;
    }
    return null;
  }
}

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
