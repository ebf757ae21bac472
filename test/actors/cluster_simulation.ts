import type { Room } from "../../actors/room_application.ts";
import type { SessionSupervisor } from "../../actors/session_supervisor.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import type { FakeEngine } from "../kit/fake_engine.ts";
import type { FakeRemoteTrack } from "../kit/fake_media.ts";
import { SeededRandom, SimulatedProcess, SimulatedWorld } from "../kit/simulated_world.ts";
import { SimulatedClient, type SimulatedSocket } from "./simulated_client.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** A node without a network: a real supervisor with rooms of a real cluster, in a process of a simulated world. */
export interface SimulatedNode {
  readonly name: string;
  /** This start of it. */
  readonly start: string;
  readonly process: SimulatedProcess;
  readonly supervisor: SessionSupervisor;
  readonly bus: ReturnType<typeof startSupervisor>["cluster"]["bus"];
  readonly log: ReturnType<typeof startSupervisor>["log"];
  /** As its program sees them. */
  readonly rooms: Map<string, Room>;
  readonly sockets: Set<SimulatedSocket>;
}

/** What a schedule may do to a cluster beside what clients do. */
export interface Hardship {
  readonly nodeCount: number;
  readonly clientCount: number;
  readonly roomCount: number;
  readonly stepCount: number;
  /** Of a thousand messages of the bus. */
  readonly lostOfThousand: number;
  readonly maxDelayMs: number;
  readonly hasDrops: boolean;
  readonly hasPartitions: boolean;
  readonly hasCrashes: boolean;
  readonly hasPauses: boolean;
  /** The clocks of the nodes are up to so far from the right time. */
  readonly maxSkewMs: number;
  /** Programs put members out. */
  readonly hasRemovals: boolean;
}

const timeouts = {
  resumeTimeoutMs: 10_000,
  nodeTimeoutMs: 6_000,
  partTimeoutMs: 1_000,
  resumeTokenLifetimeMs: 86_400_000,
};
/** When a simulation begins, in milliseconds since 1970. */
const epochMs = 1_000_000_000;
/** All that is awaited in vain has run out after it, and all that was told late has been told. */
const healingMs = 45_000;

/** Some nodes and clients that live through a schedule made from a seed. */
export class ClusterSimulation {
  readonly world = new SimulatedWorld();
  readonly nodes: SimulatedNode[] = [];
  readonly clients: SimulatedClient[] = [];
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  readonly departures = new Map<string, number>();
  readonly #random: SeededRandom;
  readonly #hardship: Hardship;
  readonly #hub: LocalHub;
  readonly #starts = new Map<string, number>();
  /** Whom programs put out. */
  readonly #putOut = new Set<string>();
  /** Pairs of nodes whose messages are lost. */
  readonly #cuts = new Set<string>();
  #isHealing = false;
  /** Since when something was amiss that people may be lost by; undefined while nothing is. */
  #troubleCount = 0;
  /** Of these, those that keep nodes that run from talking, and when there was one last. */
  #isolations = 0;
  #isolatedMs = Number.NEGATIVE_INFINITY;
  #troubledMs = Number.NEGATIVE_INFINITY;
  #longTroubleMs = Number.NEGATIVE_INFINITY;

  constructor(seed: number, hardship: Hardship) {
    this.#random = new SeededRandom(seed);
    this.#hardship = hardship;
    this.#hub = new LocalHub({
      clock: this.world.clock,
      route: ({ from, to }) => this.#route(from, to),
      reportFault: (error) => this.#problem(`a handler of the bus threw: ${String(error)}`),
    });
    for (let index = 1; index <= hardship.nodeCount; index += 1) this.#start(`n${index}`);
    for (let index = 1; index <= hardship.clientCount; index += 1) this.clients.push(this.#createClient(`c${index}`));
  }

  /** Lives through the schedule; returns what is wrong then, or was meanwhile. */
  async run(): Promise<readonly string[]> {
    const uninstall = this.world.install();
    try {
      for (let step = 0; step < this.#hardship.stepCount; step += 1) {
        this.#act();
        await this.world.run(this.#random.isOneOf(3) ? this.#random.between(0, 4_000) : this.#random.between(0, 300));
      }
      this.#heal();
      await this.world.run(healingMs);
      this.#check();
      this.#checkSessions();
      for (const client of this.clients) client.hangUp();
      await this.world.run(healingMs);
      this.#checkEmpty();
    } finally {
      uninstall();
    }
    return this.problems;
  }

  #act(): void {
    const { hasDrops, hasPartitions, hasCrashes, hasPauses, hasRemovals } = this.#hardship;
    const random = this.#random;
    const client = random.pick(this.clients);
    if (client === undefined) return;
    if (client.state === "out") {
      client.join(`r${1 + random.below(this.#hardship.roomCount)}`, { version: random.below(1_000) });
      return;
    }
    const deeds = [
      () => client.setMetadata({ version: random.below(1_000) }),
      () => client.publish(),
      () => client.publish(),
      () => client.unpublish(),
      () => client.mute(),
      () => (random.isOneOf(2) ? client.leave() : client.joinAgain()),
      ...(hasDrops ? [() => this.#drop(client), () => this.#drop(client), () => this.#drop(client)] : []),
      ...(hasPartitions ? [() => this.#partition(), () => this.#cutOff()] : []),
      ...(hasCrashes ? [() => this.#crash()] : []),
      ...(hasPauses ? [() => this.#pause()] : []),
      ...(hasRemovals ? [() => this.#remove(client)] : []),
    ];
    random.pick(deeds)?.();
  }

  #drop(client: SimulatedClient): void {
    if (client.state !== "in") return;
    const random = this.#random;
    const noticedMs = random.isOneOf(3) ? random.between(1_000, 12_000) : random.between(0, 100);
    const isBack = !random.isOneOf(6);
    client.drop(noticedMs, { comesBackAfterMs: isBack ? random.between(0, 6_000) : undefined });
  }

  /** The program of any node that sees a client puts it out. */
  #remove(client: SimulatedClient): void {
    const node = this.#pickRunning();
    const members = [...(node?.rooms.values() ?? [])].map((room) => room.members.get(client.peerId));
    const member = members.find((each) => each !== undefined);
    if (node === undefined || member === undefined) return;
    this.note(`${node.start} puts ${client.name} (${client.peerId}) out`);
    this.#putOut.add(client.peerId);
    node.process.receive(() => member.remove("enough"));
  }

  /** Messages between some nodes are lost, and no node knows. */
  #partition(): void {
    const group = this.nodes.filter(() => this.#random.isOneOf(2));
    const others = this.nodes.filter((node) => !group.includes(node));
    const isOneWay = this.#random.isOneOf(4);
    const cuts = group.flatMap((one) =>
      others.flatMap((other) => [`${one.name}>${other.name}`, ...(isOneWay ? [] : [`${other.name}>${one.name}`])]),
    );
    if (cuts.length === 0) return;
    this.note(`partition ${cuts.join()}`);
    for (const cut of cuts) this.#cuts.add(cut);
    this.#trouble(() => {
      for (const cut of cuts) this.#cuts.delete(cut);
      this.note(`partition over ${cuts.join()}`);
    });
  }

  /** A node loses its link to the bus, and knows. */
  #cutOff(): void {
    const node = this.#pickRunning();
    if (node === undefined) return;
    this.note(`cut off ${node.start}`);
    node.process.receive(() => node.bus.cutOff());
    this.#trouble(() => {
      if (node.process.state === "dead") return;
      this.note(`mended ${node.start}`);
      node.bus.mend();
    });
  }

  #crash(): void {
    const node = this.#pickRunning();
    if (node === undefined) return;
    this.note(`crash ${node.start}`);
    node.process.kill();
    node.bus.cutOff();
    for (const socket of node.sockets) {
      if (!socket.isEnded) this.world.after(0, () => socket.close(1006), null);
    }
    this.#trouble(() => this.#restart(node), { isIsolating: false });
  }

  #pause(): void {
    const node = this.#pickRunning();
    if (node === undefined) return;
    this.note(`pause ${node.start}`);
    node.process.pause();
    this.#trouble(() => {
      this.note(`goes on ${node.start}`);
      node.process.goOn();
    });
  }

  #restart(node: SimulatedNode): void {
    if (this.nodes.some(({ name, process }) => name === node.name && process.state !== "dead")) return;
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.#start(node.name);
  }

  /** Something is amiss for a while. */
  #trouble(mend: () => void, { isIsolating = true } = {}): void {
    const random = this.#random;
    const durationMs = random.isOneOf(2) ? random.between(0, 5_000) : random.between(5_000, 30_000);
    if (this.#troubleCount === 0) this.#troubledMs = this.world.nowMs;
    this.#troubleCount += 1;
    if (isIsolating) this.#isolations += 1;
    let isMended = false;
    const end = (): void => {
      if (isMended) return;
      isMended = true;
      this.#troubleCount -= 1;
      if (isIsolating) {
        this.#isolations -= 1;
        this.#isolatedMs = this.world.nowMs;
      }
      if (this.world.nowMs - this.#troubledMs > timeouts.resumeTimeoutMs - 1_000)
        this.#longTroubleMs = this.world.nowMs;
      mend();
    };
    this.#mends.add(end);
    this.world.after(durationMs, end, null);
  }

  readonly #mends = new Set<() => void>();

  #heal(): void {
    this.note("heal");
    this.#isHealing = true;
    for (const mend of this.#mends) mend();
  }

  #route(from: string, to: string): number | undefined {
    const random = this.#random;
    const { lostOfThousand, maxDelayMs } = this.#hardship;
    if (this.#cuts.has(`${nameOf(from)}>${nameOf(to)}`)) return undefined;
    const isLost = random.below(1_000) < lostOfThousand;
    const delayMs = random.isOneOf(10) ? random.between(0, maxDelayMs) : random.between(0, 5);
    if (this.#isHealing) return 1;
    return isLost ? undefined : delayMs;
  }

  #start(name: string): void {
    const count = (this.#starts.get(name) ?? 0) + 1;
    this.#starts.set(name, count);
    const start = `${name}-${count}`;
    const { world } = this;
    const process = new SimulatedProcess(world);
    const { maxSkewMs } = this.#hardship;
    const skewMs = maxSkewMs === 0 ? 0 : this.#random.between(-maxSkewMs, maxSkewMs);
    const rooms = new Map<string, Room>();
    const application = {
      roomOpened: (room: Room) => {
        rooms.set(room.name, room);
        room.onclose = () => {
          if (rooms.get(room.name) === room) rooms.delete(room.name);
        };
      },
    };
    let started: ReturnType<typeof startSupervisor> | undefined;
    const every = (periodMs: number, call: (nowMs: number) => void): (() => void) => {
      let isEnded = false;
      const next = (delayMs: number): void =>
        void world.after(
          delayMs,
          () => {
            if (isEnded) return;
            call(world.nowMs);
            next(periodMs);
          },
          process,
        );
      next(this.#random.between(0, periodMs));
      return () => {
        isEnded = true;
      };
    };
    process.receive(() => {
      started = startSupervisor({
        node: start,
        hub: this.#hub,
        timeouts,
        limits: { maxRoomPeers: 100 },
        application,
        time: { every, now: () => world.nowMs },
        now: () => Math.floor(epochMs + world.nowMs + skewMs),
      });
    });
    world.current = null;
    if (started === undefined) return;
    const { supervisor, log, engines } = started;
    const { bus } = started.cluster;
    const receive = bus.receive.bind(bus);
    bus.receive = (...given) => process.receive(() => receive(...given));
    const create = engines.create.bind(engines);
    engines.create = (options) => readTracks(create(options) as FakeEngine);
    this.note(`starts ${start}`);
    this.nodes.push({ name, start, process, supervisor, bus, log, rooms, sockets: new Set() });
  }

  #createClient(name: string): SimulatedClient {
    const { world } = this;
    return new SimulatedClient(name, {
      get nowMs() {
        return world.nowMs;
      },
      departures: this.departures,
      isPutOut: (peerId) => this.#putOut.has(peerId),
      after: (delayMs, call) => void world.after(delayMs, call, null),
      random: () => this.#random.next(),
      pickNode: () => this.#random.pick(this.nodes.filter(({ process }) => process.state !== "dead")),
      problem: (text) => this.#problem(text),
      note: (text) => this.note(text),
      isIsolated: () => this.#isIsolated(),
      mayBeLost: () => this.#mayBeLost(),
      isKnown: (peerId, except) => this.#isKnown(peerId, except),
    });
  }

  #isIsolated(): boolean {
    return this.#isolations > 0 || this.world.nowMs - this.#isolatedMs < timeouts.nodeTimeoutMs;
  }

  /** Whether a node that can be asked knew of somebody a moment ago. */
  #isKnown(peerId: string, except: SimulatedNode | undefined): boolean {
    if (this.#isIsolated()) return false;
    const client = this.clients.find((each) => each.peerId === peerId);
    const isEntering =
      client?.state === "in" ? this.world.nowMs - client.enteredMs < 1_500 : client?.node !== undefined;
    if (client === undefined || isEntering) return false;
    return this.nodes.some((node) => {
      if (node === except || node.process.state !== "running") return false;
      return [...node.rooms.values()].some(({ members }) => members.has(peerId));
    });
  }

  /** Something was amiss for so long that who was concerned may have been given up. */
  #mayBeLost(): boolean {
    const { nowMs } = this.world;
    const isLong = this.#troubleCount > 0 && nowMs - this.#troubledMs > timeouts.resumeTimeoutMs - 1_000;
    return isLong || nowMs - this.#longTroubleMs < timeouts.resumeTimeoutMs + timeouts.nodeTimeoutMs;
  }

  #pickRunning(): SimulatedNode | undefined {
    return this.#random.pick(this.nodes.filter(({ process }) => process.state === "running"));
  }

  /** What all see is the truth. */
  #check(): void {
    const present = this.clients.filter(({ state }) => state === "in");
    const { hasPartitions, hasCrashes, hasPauses } = this.#hardship;
    // A wish is forgotten with its node, or when that gave the member up.
    const isCertain = !hasPartitions && !hasCrashes && !hasPauses;
    for (const { name, peerId } of present) {
      if (isCertain && this.#putOut.has(peerId)) this.#problem(`${name} (${peerId}) was put out, and is still there`);
    }
    for (const client of this.clients) {
      if (client.state !== "in" && client.state !== "out")
        this.#problem(`${client.name} is ${client.state} at the end`);
    }
    for (const client of present) {
      const expected = present.filter((other) => other !== client && other.room === client.room);
      this.#compare(`${client.name} sees`, client.others, expected, (peer) => SimulatedClient.describe(peer));
    }
    for (const node of this.nodes) {
      for (const room of node.rooms.values()) {
        const expected = present.filter((client) => client.room === room.name);
        this.#compare(`${node.start} has in ${room.name}`, room.members, expected, undefined);
      }
      const { sessionCount, roomCount } = node.supervisor;
      if (sessionCount === 0 && roomCount > 0) this.#problem(`${node.start} has ${roomCount} rooms without a session`);
      for (const { event, fields } of node.log.errors)
        this.#problem(`${node.start} logged ${event}: ${String(fields["error"])}`);
    }
  }

  /** Each client has one session, wherever it is. */
  #checkSessions(): void {
    const present = this.clients.filter(({ state }) => state === "in");
    const count = this.nodes.reduce((sum, { supervisor }) => sum + supervisor.sessionCount, 0);
    if (count !== present.length) this.#problem(`there are ${count} sessions for ${present.length} clients`);
  }

  #compare<T>(
    what: string,
    seen: ReadonlyMap<string, T>,
    expected: readonly SimulatedClient[],
    describe: ((item: T) => object) | undefined,
  ): void {
    for (const id of seen.keys()) {
      if (!expected.some(({ peerId }) => peerId === id)) this.#problem(`${what} a ghost ${id}`);
    }
    for (const client of expected) {
      const item = seen.get(client.peerId);
      if (item === undefined) {
        this.#problem(`${what} no ${client.peerId}`);
        continue;
      }
      if (describe === undefined) continue;
      const [is, should] = [JSON.stringify(describe(item)), JSON.stringify(client.describe())];
      if (is !== should) this.#problem(`${what} ${client.peerId} as ${is}, which is ${should}`);
    }
  }

  #checkEmpty(): void {
    for (const { start, supervisor } of this.nodes) {
      const { sessionCount, roomCount, peerCount } = supervisor;
      for (const [what, count] of Object.entries({ sessionCount, roomCount, peerCount })) {
        if (count !== 0) this.#problem(`${start}: ${what} is ${count} when all are gone`);
      }
    }
  }

  #problem(text: string): void {
    this.problems.push(`${Math.round(this.world.nowMs)} ${text}`);
    this.note(`PROBLEM ${text}`);
  }

  note(text: string): void {
    this.notes.push(`${Math.round(this.world.nowMs)} ${text}`);
  }
}

function nameOf(start: string): string {
  return start.slice(0, start.indexOf("-"));
}

/** Has an engine find in offers what simulated clients say that they send. */
function readTracks(engine: FakeEngine): FakeEngine {
  const tracks = new Map<string, FakeRemoteTrack>();
  const apply = engine.applyRemoteDescription.bind(engine);
  engine.applyRemoteDescription = async (description) => {
    await apply(description);
    const sent =
      /a=simulated:(.*)/
        .exec(description.sdp)?.[1]
        ?.split(" ")
        .filter((each) => each !== "") ?? [];
    const mids = new Set(sent.map((each) => each.split(":")[0] ?? ""));
    for (const [mid, track] of tracks) {
      if (mids.has(mid)) continue;
      tracks.delete(mid);
      track.end();
    }
    for (const each of sent) {
      const [mid = "", kind] = each.split(":");
      if (!tracks.has(mid)) tracks.set(mid, engine.addRemoteTrack({ mid, kind: kind === "audio" ? "audio" : "video" }));
    }
    // Once it is answered.
    setTimeout(() => engine.connect(), 20);
  };
  return engine;
}
