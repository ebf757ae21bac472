import { expect, test } from "vitest";
import type { Room } from "../../actors/room_application.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf } from "./start_cluster.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** A node that knows of another one, which is asked and does not answer: whoever comes in waits a second. */
async function startBesideSilent(onOpened: (room: Room) => void) {
  let isSilent = false;
  const hub = new LocalHub({ route: () => (isSilent ? undefined : 0) });
  startSupervisor({ node: "silent", hub });
  const node = startSupervisor({ node: "n", hub, application: { roomOpened: onOpened } });
  await eventually(() => [...node.cluster.nodes.nodes].length === 1, { what: "the nodes to know each other" });
  isSilent = true;
  return node;
}

test("[XR17] who waits to be let in is, though the last member of this node leaves meanwhile", async () => {
  const { home, edge, ada } = await startCluster();
  const token = tokenOf(ada);
  await home.cluster.bus.close();
  const eve = edge.openClient();
  await eve.join();
  const back = edge.openClient();
  back.say({ type: "resume", token, ref: 1 });
  await eventually(() => edge.log.entries.some(({ event }) => event === "session taken up"), {
    what: "the session to be taken up",
  });
  eve.say({ type: "leave" });
  expect(await back.next("resumed")).toMatchObject({ room: "atrium", peers: [], ref: 1 });
  back.say({ type: "leave" });
  await eventually(() => edge.supervisor.roomCount === 0, { what: "the room to end" });
});

test("[XR17] who waits to be let in is told when the program closes the room", async () => {
  const rooms: Room[] = [];
  const node = await startBesideSilent((room) => rooms.push(room));
  const client = node.openClient();
  client.say({ type: "join", room: "atrium", ref: 1 });
  await eventually(() => rooms.length === 1, { what: "the room to open" });
  rooms[0]?.close();
  expect(await client.next("error")).toMatchObject({ code: "room-crashed", ref: 1 });
  // It is in no room, and may join one.
  await client.join("lobby");
});

test("[XR17] a room that nobody came into ends, though the program is in it", async () => {
  const node = await startBesideSilent((room) => void room.join({ name: "bot" }));
  const [first, second] = [node.openClient(), node.openClient()];
  for (const client of [first, second]) client.say({ type: "join", room: "atrium" });
  await eventually(() => node.supervisor.roomCount === 1, { what: "the room to open" });
  first.end(1000);
  await eventually(() => node.supervisor.sessionCount === 1, { what: "the first one to be gone" });
  expect(node.supervisor.roomCount).toBe(1);
  second.end(1000);
  await eventually(() => node.supervisor.roomCount === 0, { what: "the room to end" });
});
