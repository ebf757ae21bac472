import { expect, test } from "vitest";
import { greeter } from "../examples/greeter.ts";
import type { Room } from "../mod.ts";
import { startProgram } from "./kit/start_program.ts";

// Rooms of a node inside of this process, over real sockets.

test("[RM67] a node has a name, and rooms that clients join without any media", async () => {
  const { node, openSocket } = await startProgram({}, ["--node-id", "eu-1"]);
  const [ada, bob] = [await openSocket(), await openSocket()];
  const joined = await ada.ask({ type: "join", room: "atrium", name: "Ada" });
  expect(joined).toMatchObject({ type: "joined", room: "atrium", node: "eu-1", iceServers: [], peers: [] });
  expect(await bob.ask({ type: "join", room: "atrium" })).toMatchObject({
    peers: [{ id: joined["peer"], name: "Ada" }],
  });
  bob.send({ type: "data", payload: { text: "hello" } });
  expect(await ada.next("data")).toMatchObject({ payload: { text: "hello" } });
  expect([node.id, node.roomCount]).toEqual(["eu-1", 1]);
  await bob.close();
  expect(await ada.next("peer-left")).toMatchObject({ reason: "left" });
  await node.stop();
  expect(node.roomCount).toBe(0);
});

test("[RM67] without a name a node makes one up", async () => {
  const [one, two] = [await startProgram({}), await startProgram({})];
  expect(one.node.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(one.node.id).not.toBe(two.node.id);
});

test("[RM67] a program lets clients in, greets and answers them, and puts them out", async () => {
  const rooms: Room[] = [];
  const { openSocket } = await startProgram({
    ...greeter,
    roomOpened(room) {
      rooms.push(room);
      greeter.roomOpened?.(room);
    },
  });
  const client = await openSocket();
  expect(await client.ask({ type: "join", room: "atrium", token: "please" })).toMatchObject({
    code: "forbidden",
    message: 'Cannot join room "atrium": the password is wrong',
  });
  expect(rooms).toEqual([]);
  const joined = await client.ask({ type: "join", room: "atrium", name: "Ada", token: "open sesame" });
  expect(joined).toMatchObject({ peers: [{ name: "Host" }] });
  const host = [...(rooms[0]?.members.keys() ?? [])][0];
  const chat = { type: "data", from: host, topic: "chat" };
  expect(await client.next("data")).toEqual({ ...chat, payload: "Welcome, Ada!" });
  client.send({ type: "data", payload: 1 });
  expect(await client.next("data")).toEqual({ ...chat, payload: { heard: 1 } });
  rooms[0]?.close("closing time");
  expect(await client.next("peer-left")).toMatchObject({ reason: "kicked", message: "closing time" });
  expect(await client.ask({ type: "leave" })).toMatchObject({ code: "not-joined" });
});
