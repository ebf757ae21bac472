import { expect, onTestFinished, test } from "vitest";
import { MediaStreamTrack } from "werift";
import type { JoinRequest } from "../../../mod.ts";
import { joinRoom, Room, type RoomOptions } from "../../../web/client/mod.ts";
import { asDomTrack, weriftPlatform } from "../../../web/node/mod.ts";
import { clusterFlags, clusterSecret } from "../../kit/cluster_flags.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free_port.ts";
import { startNatsServer } from "../../kit/nats_server.ts";
import { type RunningNode, startNode } from "../../kit/start_node.ts";
import { startProgram } from "../../kit/start_program.ts";

const timeoutMs = 30_000;

async function start(port: number, flags: readonly string[]): Promise<RunningNode> {
  const node = await startNode({ port, flags, timeoutMs: 60_000 });
  onTestFinished(() => node.stop("SIGKILL").then(() => undefined));
  return node;
}

async function enter(url: string, options: RoomOptions = {}): Promise<Room> {
  const room = await joinRoom("bots", { url, platform: weriftPlatform, subscribe: "none", ...options });
  onTestFinished(() => room.leave());
  return room;
}

/** Ada, who said and muted something, and Bob, who wants some of it. */
async function enterBoth(urls: readonly [string, string]) {
  const ada = await enter(urls[0], { name: "Ada", metadata: { hat: "red" } });
  const bob = await enter(urls[1], { name: "Bob" });
  const microphone = await ada.publish(asDomTrack(new MediaStreamTrack({ kind: "audio" })), { source: "microphone" });
  await microphone.mute();
  ada.setMetadata({ hat: "green" });
  await eventually(() => bob.peers.get(ada.id)?.trackOf("microphone")?.isMuted, { what: "Ada to be muted", timeoutMs });
  return { ada, bob };
}

/** Waits until Bob sees Ada as she was, and says what he sees. */
async function seesAgain(bob: Room, ada: Room) {
  const seen = () => {
    const { name, metadata, state } = bob.peers.get(ada.id) ?? {};
    return { name, metadata, state, isMuted: bob.peers.get(ada.id)?.trackOf("microphone")?.isMuted };
  };
  const expected = { name: "Ada", metadata: { hat: "green" }, state: "connected", isMuted: true };
  await eventually(() => JSON.stringify(seen()) === JSON.stringify(expected), {
    ...{ what: "Ada as she was", timeoutMs, describe: seen },
  });
}

test.each(["SIGKILL", "SIGTERM"] as const)(
  "[CL101] a node alone that ends by %s and is started again has everybody as they were, under their ids",
  { timeout: 120_000 },
  async (signal) => {
    const port = await freePort();
    const flags = ["--secret", clusterSecret, "--auth", "open", "--host", "127.0.0.1"];
    const node = await start(port, flags);
    const { ada, bob } = await enterBoth([node.wsUrl, node.wsUrl]);
    const ids = [ada.id, bob.id];
    await node.stop(signal);
    await start(port, flags);
    await seesAgain(bob, ada);
    expect([ada.id, bob.id]).toEqual(ids);
    expect([ada.metadata, bob.metadata]).toEqual([{ hat: "green" }, null]);
  },
);

test("[CL101] a room whose nodes are all gone is as it was on the ones after them", { timeout: 180_000 }, async () => {
  const nats = await startNatsServer();
  onTestFinished(() => nats.kill());
  const flags = clusterFlags(nats.url, "gone");
  const ports = [await freePort(), await freePort()] as const;
  const before = [await start(ports[0], flags), await start(ports[1], flags)] as const;
  const { ada, bob } = await enterBoth([before[0].wsUrl, before[1].wsUrl]);
  const ids = [ada.id, bob.id];
  await Promise.all(before.map((node) => node.stop("SIGKILL")));
  await Promise.all(ports.map((port) => start(port, flags)));
  await seesAgain(bob, ada);
  expect([ada.id, bob.id]).toEqual(ids);
});

test("[CL102] what a program says as it refuses is the message of the error, at the first join and later", async () => {
  const words = "The doors are closed until nine. Ask Grace for the key";
  let isOpen = false;
  const joinRequested = (request: JoinRequest) => (isOpen ? undefined : request.refuse(words));
  const { wsUrl } = await startProgram({ joinRequested });
  const expected = { name: "ClientError", code: "forbidden", message: `Cannot join room "bots": ${words}` };
  await expect(enter(wsUrl)).rejects.toMatchObject(expected);
  isOpen = true;
  const room = await enter(wsUrl);
  room.leave();
  isOpen = false;
  await expect(room.join()).rejects.toMatchObject(expected);
  expect(room.explain()).toBe(
    `Not in room "bots", and it is not tried again. The last time: Cannot join room "bots": ${words}`,
  );
});

test.each([
  ["an empty room", "", {}, "bad-message", /room/],
  ["a room with a space", "my room", {}, "bad-message", /room/],
  ["a room that is not said", undefined, {}, "bad-message", /room/],
  ["a name that is too long", "bots", { name: "n".repeat(1_000) }, "bad-message", /name/],
  [
    "metadata that are too long",
    "bots",
    { metadata: "m".repeat(10_000) },
    "message-too-large",
    /metadata has 10002 bytes/,
  ],
  ["metadata that are longer still", "bots", { metadata: "m".repeat(200_000) }, "message-too-large", /200002 bytes/],
  ["a token that is none", "bots", { token: 5 as never }, "bad-message", /token/],
  ["an address that is none", "bots", { url: "nonsense" }, "bad-state", /give a wss:/],
  ["another kind of address", "bots", { url: "ftp://127.0.0.1/ws" }, "bad-state", /give a wss:/],
])("[CL100] %s is refused in words", async (_, name, options, code, message) => {
  const { wsUrl } = await startProgram();
  const attempt = async () => {
    const room = new Room(name as string, { url: wsUrl, platform: weriftPlatform, subscribe: "none", ...options });
    onTestFinished(() => room.leave());
    await room.join();
  };
  await expect(attempt()).rejects.toMatchObject({ name: "ClientError", code, message: expect.stringMatching(message) });
});

test("[CL100] metadata that are too long are one error, at the join and later", async () => {
  const { wsUrl } = await startProgram();
  const room = await enter(wsUrl, { metadata: 1 });
  const errors: string[] = [];
  room.on("error", ({ code }) => errors.push(code));
  room.setMetadata("m".repeat(10_000));
  await eventually(() => errors.length > 0, { what: "the refusal", timeoutMs });
  expect([errors, room.metadata]).toEqual([["message-too-large"], 1]);
});
