import { expect, test } from "vitest";
import type { Room } from "../../actors/room_application.ts";
import type { RoomPartsFactory } from "../../actors/room_parts.ts";
import { createRoomParts } from "../../actors/room_parts_factory.ts";
import { type FakeClient, startSupervisor } from "./start_supervisor.ts";

const boom = new Error("boom");
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function openMembers(open: () => FakeClient, count: number): Promise<FakeClient[]> {
  const clients = Array.from({ length: count }, open);
  for (const client of clients) {
    await client.join();
    await client.connect();
  }
  for (const client of clients) client.take();
  return clients;
}

/** Parts whose rooms keep what they report their crashes by. */
function crashingParts(crashes: (() => void)[]): RoomPartsFactory {
  const parts = createRoomParts();
  return {
    createSubscriptions: (options) => parts.createSubscriptions(options),
    createChannels: (options) => {
      crashes.push(options.onCrash);
      return parts.createChannels(options);
    },
  };
}

test("[RM69] a track that can be sent to nobody ends its room and nothing else, and is one crash to the node", async () => {
  const setup = startSupervisor();
  const create = setup.engines.create.bind(setup.engines);
  let attemptCount = 0;
  setup.engines.create = (options) => {
    const engine = create(options);
    engine.addTrack = () => {
      attemptCount += 1;
      throw boom;
    };
    return engine;
  };
  const bystander = setup.openClient();
  await bystander.join("cellar");
  const members = await openMembers(setup.openClient, 40);
  setup.engines.last.addRemoteTrack({ mid: "1" });
  await turn();
  expect(attemptCount).toBe(21);
  expect([setup.escalationCount, setup.supervisor.roomCount, setup.supervisor.peerCount]).toEqual([0, 1, 40]);
  for (const member of members) {
    const told = member.take().filter(({ type }) => type !== "track-published");
    expect(told.at(-1)).toMatchObject({ type: "peer-left", peer: member.id, reason: "kicked" });
    expect(told.filter((message) => "code" in message && message.code === "room-crashed").length).toBeLessThan(3);
  }
  expect(setup.log.errors.filter(({ event }) => event === "room failed")).toMatchObject([
    { fields: { room: "atrium", error: new Error("Cannot go on: more than 20 crashes of its parts in 10000 ms") } },
  ]);
  await bystander.connect();
});

test("[RM69] up to 20 crashes of parts in 10 s end nothing, and count for nothing", async () => {
  const crashes: (() => void)[] = [];
  const { openClient, supervisor, log } = startSupervisor({ parts: crashingParts(crashes) });
  const client = openClient();
  await client.join();
  for (let n = 0; n < 20; n += 1) crashes[0]?.();
  expect([supervisor.roomCount, log.errors.length]).toEqual([1, 0]);
  crashes[0]?.();
  expect(supervisor.roomCount).toBe(0);
});

test("[RM69] each room that ends so is one crash to the node, however often its parts crash afterwards", async () => {
  const crashes: (() => void)[] = [];
  const setup = startSupervisor({ parts: crashingParts(crashes) });
  const client = setup.openClient();
  for (let room = 1; room <= 21; room += 1) {
    await client.join();
    for (let n = 0; n < 100; n += 1) crashes[room - 1]?.();
    await client.next("peer-left");
    expect(setup.escalationCount).toBe(room > 20 ? 1 : 0);
  }
});

test("[RM74] an application that closes a peer as it gets it back hears of nothing on it", async () => {
  const seen: string[] = [];
  let isRefusing = false;
  const { openClient, engines } = startSupervisor({
    application: {
      peerOpened(peer) {
        peer.ontrack = () => seen.push(`track on a ${peer.connectionState} peer`);
        peer.ondatachannel = () => seen.push(`channel on a ${peer.connectionState} peer`);
        if (isRefusing) peer.close();
      },
    },
  });
  const client = openClient();
  await client.join();
  await client.connect();
  engines.last.addRemoteTrack();
  engines.last.openChannel("x", "signalbox.room");
  isRefusing = true;
  client.say({ type: "leave" });
  await turn();
  expect(seen).toEqual([]);
});

test("[RM75] a room that crashes as it dismisses a member leaves nobody behind", async () => {
  const parts = createRoomParts();
  let isFaulty = true;
  const { openClient, supervisor } = startSupervisor({
    parts: {
      createSubscriptions: (options) => parts.createSubscriptions(options),
      createChannels: (options) => {
        const channels = parts.createChannels(options);
        const memberLeft = channels.memberLeft.bind(channels);
        channels.memberLeft = (memberId) => {
          if (isFaulty) {
            isFaulty = false;
            throw boom;
          }
          memberLeft(memberId);
        };
        return channels;
      },
    },
  });
  const [ada, bob] = [openClient(), openClient()];
  await ada.join();
  await bob.join();
  ada.say({ type: "leave" });
  await turn();
  await bob.join("cellar");
  await ada.join("cellar");
  ada.end();
  bob.end();
  await turn();
  expect([supervisor.sessionCount, supervisor.roomCount]).toEqual([0, 0]);
});

test.each(["peerOpened", "start"] as const)(
  "[RM76] a join that a fault in %s falls into is answered once with its ref, and the client may join anew",
  async (name) => {
    const parts = createRoomParts();
    let isFaulty = false;
    const { openClient, engines } = startSupervisor({
      parts: {
        createChannels: (options) => parts.createChannels(options),
        createSubscriptions: (options) => {
          const subscriptions = parts.createSubscriptions(options);
          const real = subscriptions[name].bind(subscriptions) as (given: unknown) => void;
          subscriptions[name] = (given: unknown) => {
            if (isFaulty) throw boom;
            real(given);
          };
          return subscriptions;
        },
      },
    });
    const [ada, bob] = [openClient(), openClient()];
    await ada.join();
    await ada.connect();
    engines.last.addRemoteTrack();
    await bob.connect();
    isFaulty = true;
    bob.say({ type: "join", room: "atrium", ref: 7 });
    await turn();
    await turn();
    expect(bob.take().filter((message) => "ref" in message && message.ref === 7)).toHaveLength(1);
    isFaulty = false;
    bob.say({ type: "leave" });
    await turn();
    await bob.join();
  },
);

test("[RM77] a room whose peers say as much as they may lets nobody in who says more, and stays open to those that are there", async () => {
  let room: Room | undefined;
  const { openClient } = startSupervisor({
    limits: { maxQueuedBytes: 16_384 },
    application: {
      roomOpened(opened) {
        room = opened;
      },
    },
  });
  const metadata = "x".repeat(4_080);
  const [ada, bob, eve] = [openClient(), openClient(), openClient()];
  await ada.join("atrium", { metadata });
  await bob.join("atrium", { metadata: "" });
  eve.say({ type: "join", room: "atrium", metadata, ref: 3 });
  expect(await eve.next("error")).toMatchObject({
    code: "room-full",
    message: 'Cannot join room "atrium": its peers would say more than 8192 bytes of themselves',
    ref: 3,
  });
  bob.say({ type: "metadata", metadata, ref: 4 });
  expect(await bob.next("error")).toMatchObject({ code: "room-full", ref: 4 });
  expect(() => room?.join({ metadata })).toThrow(/would say more/);
  await eve.join("atrium");
  ada.say({ type: "metadata", metadata: null });
  bob.say({ type: "metadata", metadata });
  expect(bob.take().at(-1)).toMatchObject({ type: "peer-updated", peer: { id: bob.id } });
  expect(room?.members.size).toBe(3);
});
