import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import type { RTCIceTransport } from "werift";
import type { RemoteTrack } from "../../../actors/application.ts";
import type { PeerEngine } from "../../../actors/ports.ts";
import { maxObservedPairs, observePairs } from "../../../transport/media/observed_pairs.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { candidatesOf, fieldsOf, makeOffer, openEngines } from "./open_engine.ts";

const nothing = { pairs: [], tracks: [] };

/** Waits until an engine has seen something. */
function observes(engine: PeerEngine, what: string, probe: (seen: ReturnType<PeerEngine["observe"]>) => boolean) {
  const isSeen = () => {
    const seen = engine.observe();
    return probe(seen) && seen;
  };
  return eventually(isSeen, { what, describe: () => engine.observe() });
}

test("[IN24] an engine shows the pair that it took with its round-trip time, and nothing before it has one or after its end", async () => {
  const opened = (await openEngines()).create();
  expect(opened.engine.observe()).toEqual(nothing);
  const client = connectClient(opened);
  client.pc.createDataChannel("chat");
  await client.offer();
  const { pairs } = await observes(opened.engine, "the selected pair", ({ pairs }) => pairs[0]?.isSelected === true);
  expect(pairs[0]).toMatchObject({ state: "succeeded", local: { type: "host", protocol: "udp" } });
  expect(pairs[0]?.roundTripTimeMs).toBeGreaterThan(0);
  expect(pairs[0]?.requestsReceived).toBeGreaterThan(0);
  expect(pairs.filter(({ isSelected }) => isSelected)).toHaveLength(1);
  const ports = fieldsOf(candidatesOf(client.pc.localDescription?.sdp ?? ""), 5).map(Number);
  expect(ports).toContain(pairs[0]?.remote.port);
  await opened.engine.close();
  expect(opened.engine.observe()).toEqual(nothing);
});

test("[IN24] a pair that nobody answers on fails", async () => {
  const { engine, answer } = (await openEngines()).create();
  const sdp = await answer(await makeOffer());
  const [address = ""] = fieldsOf(candidatesOf(sdp), 4);
  const wall = createSocket("udp4");
  onTestFinished(() => {
    wall.close();
  });
  wall.bind(0, address);
  await once(wall, "listening");
  const { port } = wall.address();
  await engine.addRemoteCandidate({ candidate: `candidate:1 1 udp 2130706431 ${address} ${port} typ host` });
  const tried = await observes(engine, "the pair to be tried", ({ pairs }) => pairs[0]?.state === "in-progress");
  expect(tried.pairs[0]?.remote).toEqual({ type: "host", protocol: "udp", address, port });
  const { pairs } = await observes(engine, "the pair to fail", ({ pairs }) => pairs[0]?.state === "failed");
  expect(pairs[0]).toMatchObject({ isSelected: false, requestsReceived: 0, roundTripTimeMs: undefined });
});

test("[IN24] what came and went of a track is counted at both ends", async () => {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const [publisher, subscriber] = [connectClient(from), connectClient(to)];
  const track = publisher.addTrack("video");
  await publisher.offer();
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const source = await from.tracks.next();
  to.engine.addTrack(source as RemoteTrack, { section: "own" });
  subscriber.pc.onTrack.subscribe((remote) => track.collect(remote));
  await subscriber.answer();
  await track.sendUntilReturned(5);
  const [first] = from.engine.observe().tracks;
  expect(first).toMatchObject({ mid: source.mid, kind: "video", direction: "received", packetsLost: 0 });
  const packets = first?.packets ?? Number.NaN;
  expect(first?.bytes).toBeGreaterThan(packets);
  await track.sendUntilReturned(track.returned.length + 5);
  const [more] = from.engine.observe().tracks;
  expect(more?.packets).toBeGreaterThanOrEqual(packets + 5);
  const [sent] = to.engine.observe().tracks;
  expect(sent).toMatchObject({ mid: "1", kind: "video", direction: "sent", packetsLost: 0 });
  expect(sent?.packets).toBeGreaterThanOrEqual(10);
  expect(sent?.bytes).toBeGreaterThan(sent?.packets ?? 0);
});

/** werift's pairs, as far as they are looked at. */
function pairOf(state: number, { requestsSent = 1, port = 1, hasLocal = true } = {}) {
  const candidate = { type: "host", transport: "udp", host: "192.0.2.1", port };
  const protocol = hasLocal ? { localCandidate: candidate } : {};
  return { state, requestsSent, requestsReceived: 0, protocol, remoteCandidate: candidate };
}

test("[IN24] the selected pair comes first, of more than a bound the first; one that was never tried has not failed", () => {
  const [selected, failed, untried] = [pairOf(3), pairOf(4), pairOf(4, { requestsSent: 0 })];
  const look = (connection: object) => observePairs([{ connection } as unknown as RTCIceTransport]);
  const states = (connection: object) => look(connection).map(({ state, isSelected }) => [state, isSelected]);
  const checkList = [failed, untried, pairOf(2, { hasLocal: false }), selected];
  expect(states({ nominated: selected, checkList })).toEqual([
    ["succeeded", true],
    ["failed", false],
    ["waiting", false],
  ]);
  // ICE restarts.
  expect(states({ previousPair: selected, checkList: [] })).toEqual([["succeeded", true]]);
  const many = Array.from({ length: 100 }, (_, port) => pairOf(2, { port }));
  const seen = look({ nominated: many[99], checkList: many });
  expect(seen.map(({ remote }) => remote.port)).toEqual([99, ...Array(maxObservedPairs - 1).keys()]);
});
