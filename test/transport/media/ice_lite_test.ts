import { expect, test } from "vitest";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { connectClient } from "./connect_client.ts";
import { candidatesOf, openEngines } from "./open_engine.ts";
import { startStunResponder } from "./stun_responder.ts";

test("[PTH10] an ICE-lite node says so once, for the session, names its own addresses alone, and checks nothing before it sends", async () => {
  const { port, requests } = await startStunResponder();
  const iceServers = new StaticServers([
    { urls: `stun:127.0.0.1:${port}` },
    { urls: `turn:127.0.0.1:${port}`, username: "u", credential: "c" },
  ]);
  const opened = (await openEngines({ isIceLite: true, iceServers })).create();
  const client = connectClient(opened);
  client.pc.createDataChannel("talk");
  client.addTrack("audio");
  const answer = await client.offer();
  const [session, ...sections] = answer.split("\r\nm=");
  expect(session?.match(/^a=ice-lite$/gm)).toHaveLength(1);
  expect(sections.join("\r\nm=")).not.toContain("a=ice-lite");
  expect(candidatesOf(answer).length).toBeGreaterThan(0);
  expect(candidatesOf(answer).filter((line) => !line.includes(" typ host"))).toEqual([]);
  await opened.events.next(({ type }) => type === "ice.changed");
  const received = () => client.pc.iceTransports.flatMap(({ connection }) => connection.checkList);
  expect(received().length).toBeGreaterThan(0);
  expect(received().filter((pair) => pair.requestsReceived > 0)).toEqual([]);
  expect(requests.seen).toEqual([]);
});

test("[PTH10] an ICE-lite node that offers leaves the checks to the client, too", async () => {
  const opened = (await openEngines({ isIceLite: true })).create();
  const client = connectClient(opened);
  opened.engine.createDataChannel("news", {});
  expect(await client.answer()).toMatch(/^a=ice-lite\r?$/m);
  await opened.events.next((event) => event.type === "dtls.changed" && event.state === "connected");
  const [ice] = client.pc.iceTransports;
  expect(ice?.connection.iceControlling).toBe(true);
});
