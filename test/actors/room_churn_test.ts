import { expect, test } from "vitest";
import type { Application } from "../../actors/application.ts";
import type { Room } from "../../actors/room_application.ts";
import { RoomChannels } from "../../actors/room_channels.ts";
import type { RoomSubscriptions } from "../../actors/room_parts.ts";
import { provideSubscription } from "../../actors/subscription_actor.ts";
import { SubscriptionSupervisor } from "../../actors/subscription_supervisor.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import type { FakeEngine } from "../kit/fake_engine.ts";
import type { FakeRemoteTrack } from "../kit/fake_media.ts";
import { type FakeClient, offerSdp, startSupervisor } from "./start_supervisor.ts";

const injected = new Error("injected");

/** The same numbers for the same seed (a linear congruential generator). */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await turn();
}

/** Where the program, the engines or the parts of a room may throw. */
type Fault = "none" | "program" | "parts";

/** Clients and a program that do what they like in two rooms; returns what is wrong when they are done. */
async function churn(seed: number, fault: Fault): Promise<string[]> {
  const random = randomOf(seed);
  const rooms = new Map<string, Room>();
  const logic = provideSubscription();
  let isFaulty = fault !== "none";
  const maybeThrow = (oneIn: number): void => {
    if (isFaulty && random(oneIn) === 0) throw injected;
  };

  const application = {
    async joinRequested(request) {
      await turns(random(3));
      if (random(10) === 0) request.refuse("no");
      maybeThrow(20);
    },
    roomOpened(room) {
      rooms.set(room.name, room);
      room.onclose = () => {
        if (rooms.get(room.name) === room) rooms.delete(room.name);
      };
      room.onmemberjoined = (member) => {
        maybeThrow(30);
        if (random(30) === 0) member.remove("bye");
        if (random(60) === 0) room.close("enough");
        if (random(20) === 0) room.join();
      };
      room.onmemberleft = () => {
        maybeThrow(30);
        if (random(60) === 0) room.close("enough");
      };
      room.ontrackpublished = ({ member }) => {
        maybeThrow(30);
        if (random(40) === 0) member.remove("bye");
      };
      room.ontrackunpublished = () => {
        if (random(80) === 0) room.close("enough");
      };
    },
    async peerOpened(peer) {
      peer.ontrack = (track) => {
        if (random(2) === 0) peer.addTrack(track);
      };
      peer.onclose = () => {
        if (random(20) === 0) peer.session.close("enough");
      };
      if (random(15) === 0) peer.close("no");
      await turns(random(2));
    },
  } satisfies Application;

  const createSubscriptions = (options: ConstructorParameters<typeof SubscriptionSupervisor>[0]): RoomSubscriptions => {
    const made: RoomSubscriptions = new SubscriptionSupervisor(options);
    if (fault !== "parts") return made;
    return new Proxy(made, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== "function") return found;
        return (...given: unknown[]) => {
          if (name !== "close" && name !== "describe") maybeThrow(25);
          return Reflect.apply(found, target, given);
        };
      },
    });
  };
  const setup = startSupervisor({
    application,
    parts: {
      createSubscriptions: (options) => createSubscriptions({ ...options, logic }),
      createChannels: (options) => new RoomChannels(options),
    },
  });

  const engines = new Map<string, FakeEngine>();
  const create = setup.engines.create.bind(setup.engines);
  setup.engines.create = (options) => {
    const engine = create(options) as FakeEngine;
    engines.set(options.peerId, engine);
    const addTrack = engine.addTrack.bind(engine);
    engine.addTrack = (...given) => {
      maybeThrow(40);
      return addTrack(...given);
    };
    return engine;
  };
  const enginesOf = ({ id }: FakeClient): FakeEngine[] =>
    [...engines].filter(([peer, { closeCount }]) => peer.startsWith(`${id}-`) && closeCount === 0).map(([, e]) => e);

  const clients: FakeClient[] = [];
  const gone = new Set<FakeClient>();
  const tracks: FakeRemoteTrack[] = [];
  const open = (): void => {
    const client = setup.openClient();
    const send = client.send.bind(client);
    client.send = (message) => {
      send(message);
      if (message.type === "offer") void turns(random(3)).then(() => client.say({ type: "answer", sdp: offerSdp }));
    };
    const close = client.close.bind(client);
    client.close = (code, reason) => {
      gone.add(client);
      close(code, reason);
    };
    clients.push(client);
  };
  const alive = (): FakeClient[] => clients.filter((client) => !gone.has(client));
  const end = (client: FakeClient): void => {
    gone.add(client);
    client.end();
  };

  const act = (client: FakeClient): void => {
    const room = random(2) === 0 ? "r1" : "r2";
    const engine = enginesOf(client).at(-1);
    const said: readonly ClientMessage[] = [
      { type: "join", room },
      { type: "join", room },
      { type: "join", room },
      { type: "leave" },
      { type: "offer", sdp: offerSdp },
      { type: "offer", sdp: offerSdp },
      { type: "offer", sdp: offerSdp },
      { type: "bye" },
      { type: "data", payload: 1 },
    ];
    const done: readonly (() => void)[] = [
      ...said.map((message) => () => client.say(message)),
      () => tracks.push(...[engine?.addRemoteTrack({ mid: String(random(4)), kind: "audio" }) ?? []].flat()),
      () => tracks.push(...[engine?.addRemoteTrack({ mid: String(random(4)), kind: "video" }) ?? []].flat()),
      () => {
        const track = tracks[random(tracks.length)];
        if (track?.readyState === "live") track.end();
      },
      () => engine?.openChannel("x", random(2) === 0 ? "signalbox.room" : "").onmessage?.("hi"),
      () => (random(3) === 0 ? end(client) : setup.tick(performance.now())),
      () => (random(4) === 0 ? rooms.get(room)?.close("enough") : rooms.get(room)?.members.get(client.id)?.remove()),
    ];
    done[random(done.length)]?.();
  };
  for (let n = 0; n < 150; n += 1) {
    for (let more = random(4); more >= 0; more -= 1) {
      if (alive().length < 5) open();
      const client = alive()[random(alive().length)];
      if (client !== undefined) act(client);
    }
    await turns(random(2));
  }
  isFaulty = false;
  await turns(60);

  const problems: string[] = [];
  for (const client of alive()) {
    const ref = "probe";
    client.say({ type: "mute", track: "none", muted: true, ref });
    await turns(2);
    const reply = client.received.seen.find((message) => "ref" in message && message.ref === ref);
    const room = [...rooms.values()].find(({ members }) => members.has(client.id));
    const code = reply?.type === "error" ? reply.code : "no reply";
    if (code !== (room === undefined ? "not-joined" : "no-such-track")) {
      problems.push(`${client.id} in ${room?.name} is told ${code}`);
    }
    if (room === undefined || fault !== "none") continue;
    const wanted = [...room.members.values()]
      .filter(({ id }) => id !== client.id)
      .flatMap((member) => [...member.tracks.values()].map(({ remoteTrack }) => remoteTrack));
    for (const { sentTracks } of enginesOf(client)) {
      const sent = sentTracks.filter(({ state }) => state !== "stopped").map(({ track }) => track);
      const isSame = sent.length === wanted.length && wanted.every((track) => track !== null && sent.includes(track));
      if (!isSame) problems.push(`${client.id} gets ${sent.length} tracks of ${wanted.length}`);
    }
  }
  for (const client of alive()) end(client);
  await turns(30);
  const { sessionCount, roomCount, peerCount } = setup.supervisor;
  const left = { sessionCount, roomCount, peerCount, subscriptionCount: logic.parts.size };
  for (const [what, count] of Object.entries(left)) if (count !== 0) problems.push(`${what} is ${count}`);
  for (const { event, fields } of setup.log.errors) {
    if (fields["error"] !== injected) problems.push(`${event}: ${String(fields["error"])}`);
  }
  return problems;
}

const seeds = Array.from({ length: 20 }, (_, n) => n + 1);

test.each(seeds)(
  "[RM73] whatever clients and program do, nobody is lost and nothing is left (seed %i)",
  async (seed) => {
    expect(await churn(seed, "none")).toEqual([]);
  },
);

test.each(seeds)("[RM73] the same, while the program and the engines throw (seed %i)", async (seed) => {
  expect(await churn(seed, "program")).toEqual([]);
});

test.each(seeds)("[RM73] the same, while the rooms themselves crash (seed %i)", async (seed) => {
  expect(await churn(seed, "parts")).toEqual([]);
});
