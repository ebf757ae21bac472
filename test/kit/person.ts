import { isDeepStrictEqual } from "node:util";
import { MediaStreamTrack, RtpHeader, RtpPacket } from "werift";
import { type LocalTrack, type RemoteTrack, Room } from "../../web/client/mod.ts";
import { asDomTrack, asWeriftTrack, weriftPlatform } from "../../web/node/mod.ts";
import { eventually } from "./eventually.ts";

/** How somebody comes in. */
export interface PersonOptions {
  /** `ws://.../ws` of a node or of what stands in front of it. */
  readonly url: string;
  readonly room: string;
  readonly name: string;
  readonly metadata?: unknown;
}

/** Somebody as everybody should see them. */
interface Appearance {
  readonly name: string;
  readonly metadata: unknown;
  readonly state: string;
  /** Each as `<kind> <source>`, with `muted`. */
  readonly tracks: readonly string[];
}

interface SentTrack {
  readonly local: LocalTrack;
  readonly stop: () => void;
}

/** Somebody in a call on the SDK in Node who knows what the others should see of them. Whoever made it has it leave. */
export class Person {
  readonly name: string;
  readonly room: Room;
  /** What was told, a line each, for messages of failure. */
  readonly log: string[] = [];
  /** Who was told to have left: `<name> <reason>`. */
  readonly departures: string[] = [];
  /** Who was told to have come back or gone away: `<name> <state>`. */
  readonly states: string[] = [];
  /** What came as data, by the name of its sender at that time. */
  readonly data: { readonly from: string; readonly payload: unknown }[] = [];
  isIn = false;
  #metadata: unknown;
  readonly #sent = new Map<string, SentTrack>();
  /** Packets of each track, by `<id of the peer> <source>`. */
  readonly #heard = new Map<string, number>();

  constructor({ url, room, name, metadata = null }: PersonOptions) {
    this.name = name;
    this.#metadata = metadata;
    this.room = new Room(room, { url, name, metadata, platform: weriftPlatform, joinTimeoutMs: 60_000 });
    this.#watch();
  }

  async join(): Promise<this> {
    await this.room.join();
    this.isIn = true;
    return this;
  }

  leave(): void {
    this.isIn = false;
    for (const { stop } of this.#sent.values()) stop();
    this.#sent.clear();
    this.room.leave();
  }

  setMetadata(metadata: unknown): void {
    this.#metadata = metadata;
    this.room.setMetadata(metadata);
  }

  /** Sends 50 packets a second, from now until the end. */
  async publish(source = "microphone"): Promise<void> {
    const track = new MediaStreamTrack({ kind: "audio" });
    let sequenceNumber = 0;
    const timer = setInterval(() => {
      sequenceNumber = (sequenceNumber + 1) % 65_536;
      const header = new RtpHeader({ payloadType: 96, sequenceNumber, timestamp: sequenceNumber * 960 });
      track.writeRtp(new RtpPacket(header, Buffer.alloc(40, 0xf8)));
    }, 20);
    const stop = () => clearInterval(timer);
    const published = this.room.publish(asDomTrack(track), { source });
    const [local] = [...this.room.localTracks].filter((each) => each.source === source);
    if (local !== undefined) this.#sent.set(source, { local, stop });
    await published;
  }

  unpublish(source: string): void {
    const sent = this.#sent.get(source);
    this.#sent.delete(source);
    sent?.stop();
    sent?.local.unpublish();
  }

  async setMuted(source: string, isMuted: boolean): Promise<void> {
    const local = this.#sent.get(source)?.local;
    await (isMuted ? local?.mute() : local?.unmute());
  }

  /** As the others should see this one. */
  get appearance(): Appearance {
    const tracks = [...this.#sent].map(([source, { local }]) => shown("audio", source, local.isMuted)).sort();
    return { name: this.name, metadata: this.#metadata, state: "connected", tracks };
  }

  /** As this one sees the others, by their ids. */
  get view(): Readonly<Record<string, Appearance>> {
    const seen = [...this.room.peers.values()].map(({ id, name, metadata, state, tracks }): [string, Appearance] => {
      const all = [...tracks.values()].map(({ kind, source, isMuted }) => shown(kind, source, isMuted));
      return [id, { name, metadata, state, tracks: all.sort() }];
    });
    return Object.fromEntries(seen);
  }

  /** The tracks that should be heard of this one. */
  get audible(): readonly string[] {
    return [...this.#sent].filter(([, { local }]) => !local.isMuted).map(([source]) => source);
  }

  /** What it receives by now, for messages of failure. */
  get reception(): readonly string[] {
    return [...this.room.peers.values()].flatMap(({ name, tracks }) =>
      [...tracks.values()].map(
        ({ id, source, mediaStreamTrack }) =>
          `${name} ${source} (${id}): ${mediaStreamTrack === null ? "no track" : "a track"}, ${this.#heard.get(id) ?? 0}`,
      ),
    );
  }

  packetsOf(other: Person, source: string): number {
    return this.#heard.get(`${other.room.id} ${source}`) ?? 0;
  }

  #watch(): void {
    const { room } = this;
    const note = (line: string) => this.log.push(`${Math.round(performance.now())} ms: ${line}`);
    room.on("state-changed", (state) => note(`${state} ${state === "waiting" ? room.lastError?.message : ""}`));
    room.on("media-state-changed", (state) => note(`media ${state}`));
    room.on("error", ({ code, message }) => note(`error ${code}: ${message}`));
    room.on("peer-joined", ({ id, name }) => note(`${name} (${id}) joined`));
    room.on("peer-updated", ({ name, state }) => {
      note(`${name} is ${state}`);
      this.states.push(`${name} ${state}`);
    });
    room.on("peer-left", ({ peer, reason }) => {
      note(`${peer.name} (${peer.id}) left: ${reason}`);
      this.departures.push(`${peer.name} ${reason}`);
    });
    room.on("track-started", (track) => this.#listen(track));
    room.on("data", ({ from, peer, payload }) => this.data.push({ from: peer?.name ?? from, payload }));
  }

  #listen(track: RemoteTrack): void {
    const { mediaStreamTrack, source, peer } = track;
    if (mediaStreamTrack === null) return;
    asWeriftTrack(mediaStreamTrack).onReceiveRtp.subscribe(() => {
      if (track.mediaStreamTrack !== mediaStreamTrack) return;
      const key = `${peer.id} ${source}`;
      this.#heard.set(key, (this.#heard.get(key) ?? 0) + 1);
    });
  }
}

function shown(kind: string, source: string, isMuted: boolean): string {
  return `${kind} ${source}${isMuted ? " muted" : ""}`;
}

/** After how long something is said again, in milliseconds. */
const againMs = 5_000;

/** How long a call has to become whole, in milliseconds. */
export interface Patience {
  readonly timeoutMs?: number;
}

/**
 * Waits until each of some people, who are all that are in their room, sees exactly the others, as these are: ids, names, metadata,
 * states, tracks and mutes.
 */
export async function seeTheTruth(people: readonly Person[], { timeoutMs = 45_000 }: Patience = {}): Promise<void> {
  const present = people.filter(({ isIn }) => isIn);
  const wrong = () =>
    present.flatMap((one) => {
      const others = present.filter((other) => other !== one);
      const truth = Object.fromEntries(others.map(({ room, appearance }) => [room.id, appearance]));
      const state = one.room.state === "joined" ? [] : [`${one.name} is ${one.room.state}`];
      return isDeepStrictEqual(one.view, truth) ? state : [...state, { who: one.name, sees: one.view, truth }];
    });
  await eventually(() => wrong().length === 0, {
    what: "everybody to see the truth",
    timeoutMs,
    intervalMs: 50,
    describe: () => JSON.stringify({ wrong: wrong(), logs: logsOf(present) }, null, 1),
  });
}

/** Waits until each of some people in a room hears every track of the others that is not muted, and gets a message of each, once. */
export async function hearEachOther(people: readonly Person[], { timeoutMs = 45_000 }: Patience = {}): Promise<void> {
  const present = people.filter(({ isIn }) => isIn);
  const pairs = present.flatMap((one) => present.filter((each) => each !== one).map((other) => [one, other] as const));
  const streams = pairs.flatMap(([one, other]) =>
    other.audible.map((source) => ({ one, other, source, before: one.packetsOf(other, source) })),
  );
  await eventually(() => present.every(({ room }) => room.state === "joined"), {
    what: "everybody to be joined",
    timeoutMs,
    describe: () => logsOf(present),
  });
  const checks: string[] = [];
  let saidAtMs = Number.NEGATIVE_INFINITY;
  // What was on its way when something broke is lost: it is said again now and then, each time as another thing.
  const sayAgain = () => {
    if (performance.now() - saidAtMs < againMs || present.some(({ room }) => room.state !== "joined")) return;
    saidAtMs = performance.now();
    checks.push(crypto.randomUUID());
    for (const one of present) one.room.sendData({ check: checks.at(-1), by: one.name });
  };
  const messagesOf = ([one, other]: readonly [Person, Person], check: string) =>
    one.data.filter(({ payload }) => isDeepStrictEqual(payload, { check, by: other.name })).length;
  const missing = () => [
    ...streams
      .filter(({ one, other, source, before }) => one.packetsOf(other, source) < before + 10)
      .map(({ one, other, source }) => `${one.name} does not hear ${source} of ${other.name}`),
    ...pairs
      .filter((pair) => !checks.some((check) => messagesOf(pair, check) === 1))
      .map(([one, other]) => `${one.name} got no message of ${other.name}`),
  ];
  const isHeard = () => {
    sayAgain();
    for (const pair of pairs)
      if (checks.some((check) => messagesOf(pair, check) > 1))
        throw new Error(`${pair[0].name} got a message of ${pair[1].name} twice`);
    return missing().length === 0;
  };
  await eventually(isHeard, {
    what: "everybody to hear each other",
    timeoutMs,
    intervalMs: 50,
    describe: () =>
      JSON.stringify(
        { missing: missing(), reception: present.map((one) => [one.name, one.reception]), logs: logsOf(present) },
        null,
        1,
      ),
  });
}

function logsOf(people: readonly Person[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(people.map(({ name, room, log }) => [`${name} ${room.id}`, log.slice(-60)]));
}
