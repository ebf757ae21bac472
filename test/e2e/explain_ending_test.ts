import { expect } from "vitest";
import type { Room, Session } from "../../mod.ts";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { startProgram } from "../kit/start_program.ts";
import type { WeriftClient } from "../kit/werift_client.ts";

// Connections that somebody ended on purpose, and some that went through a lot: none of them may be called broken.

async function start() {
  const rooms: Room[] = [];
  const sessions: Session[] = [];
  const program = await startProgram({
    roomOpened: (room) => void rooms.push(room),
    sessionOpened: (session) => void sessions.push(session),
  });
  /** A client that is connected, and its id. */
  const enter = async (): Promise<readonly [WeriftClient, string]> => {
    const client = await program.openClient();
    client.socket.send({ type: "join", room: "atrium" });
    const { peer } = await client.socket.next("joined");
    await client.openChannel("x", { protocol: "signalbox.room" });
    return [client, String(peer)];
  };
  return { ...program, rooms, sessions, enter };
}

const hasEnded = ({ state }: { readonly state: string }) => state === "closed";

test("[XP5] whoever left in one of the ways that there are is well", async () => {
  const { node, enter } = await start();
  const ways: readonly ((client: WeriftClient) => unknown)[] = [
    (client) => client.socket.send({ type: "bye", reason: "done" }),
    (client) => client.pc.close(),
    (client) => client.socket.close(1000),
  ];
  for (const leave of ways) {
    const [client, peer] = await enter();
    await leave(client);
    const explanation = await explained(node, peer, hasEnded);
    expect(explanation).toMatchObject({ cause: "left", isWell: true, others: [] });
    expect(explanation.summary).toMatch(/and was up for/);
  }
});

test("[XP5, XP54] whom the program puts out, or closes, is well and told of as that", async () => {
  const { node, rooms, sessions, enter } = await start();
  const [, kicked] = await enter();
  rooms[0]?.members.get(kicked)?.remove("spam");
  const explanation = await explained(node, kicked, ({ cause }) => cause === "kicked");
  expect(explanation).toMatchObject({ isWell: true });
  expect(explanation.summary).toContain('"spam"');
  const [, closed] = await enter();
  sessions.find(({ id }) => id === closed)?.close("closing time");
  expect(await explained(node, closed, hasEnded)).toMatchObject({ cause: "closed-by-program", isWell: true });
});

test("[XP4] a connection that renegotiated and restarted ICE is well", async () => {
  const { node, enter } = await start();
  const [client, peer] = await enter();
  const [other, otherPeer] = await enter();
  client.addTrack("video");
  await client.negotiate();
  await other.remoteTracks.next(() => true);
  await client.pc.restartIce();
  await client.negotiate();
  await client.connectionState("connected");
  for (const id of [peer, otherPeer]) {
    expect(await explained(node, id, ({ state }) => state === "connected")).toMatchObject({ isWell: true, others: [] });
  }
});

test("[XP60] REST answers for a client and for a peer connection, in JSON and as text", async () => {
  const { node, enter } = await start();
  const [, peer] = await enter();
  const get = (path: string, accept = "*/*") => fetch(`${node.url}/api/v1/peers/${path}`, { headers: { accept } });
  expect(await (await get(`${peer}-1/explain`)).json()).toMatchObject({
    peer: `${peer}-1`,
    connection: `${peer}-1`,
    room: "atrium",
    isWell: true,
  });
  for (const [path, accept, type] of [
    [`${peer}/explain`, "*/*", "application/json"],
    [`${peer}/explain?format=text`, "*/*", "text/plain"],
    [`${peer}/explain`, "text/plain", "text/plain"],
    [`${peer}/explain?format=json`, "text/plain", "application/json"],
  ] as const) {
    const answer = await get(path, accept);
    expect([path, accept, answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([
      path,
      accept,
      200,
      type,
    ]);
  }
  expect(await (await get(`${peer}/explain?format=text`)).text()).toContain("connected, well (connected)");
  const nobody = await get("nobody/explain");
  expect([nobody.status, await nobody.json()]).toMatchObject([404, { error: { code: "no-such-peer" } }]);
});
