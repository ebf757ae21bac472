import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RemoteTrack } from "../../../actors/application.ts";
import { MediaClock, type Ticking } from "../../../transport/media/media_clock.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile } from "./hostile_client.ts";
import { makeOffer, openEngines } from "./open_engine.ts";

/** Who is on the clock of the engines that a test opens. */
function watchClock(): Set<Ticking> {
  const members = new Set<Ticking>();
  const { prototype } = MediaClock;
  const { add, remove } = prototype;
  prototype.add = function (member) {
    members.add(member);
    add.call(this, member);
  };
  prototype.remove = function (member) {
    members.delete(member);
    remove.call(this, member);
  };
  onTestFinished(() => void Object.assign(prototype, { add, remove }));
  return members;
}

async function connectPair() {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = await connectHostile(from);
  const subscriber = connectClient(to);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  return { engines, from, to, publisher, subscriber, source: publisher.track };
}

describe("a negotiation at a bad time", () => {
  it("[HM7] an engine that is closed while it takes an offer leaves nothing on the clock, and no track", async () => {
    const members = watchClock();
    const engines = await openEngines();
    const sdp = await makeOffer({ hasVideo: true });
    const live: RemoteTrack[] = [];
    for (let turns = 0; turns < 12; turns += 1) {
      const { engine, tracks } = engines.create();
      void engine.applyRemoteDescription({ type: "offer", sdp }).catch(() => undefined);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      if (turns > 8) await sleep(1);
      await engine.close();
      await sleep(5);
      const told = await tracks.next(() => true, { timeoutMs: 1 }).catch(() => undefined);
      if (told?.readyState === "live") live.push(told);
    }
    expect(members.size).toBe(0);
    expect(live).toEqual([]);
  });

  it("[HM8] a client without media costs no ticks", async () => {
    const members = watchClock();
    const opened = (await openEngines()).create();
    const client = connectClient(opened);
    client.pc.createDataChannel("chat");
    await client.offer();
    expect(members.size).toBe(0);
  });

  it("[HM9] offers that are taken back use up no sections", async () => {
    const engines = await openEngines({ maxMediaSections: 8 });
    const from = engines.create();
    const { track } = await connectHostile(from);
    const opened = engines.create();
    const client = connectClient(opened);
    client.pc.createDataChannel("chat");
    await client.offer();
    const sent = opened.engine.addTrack(track, { section: "own" });
    for (let round = 0; round < 12; round += 1) {
      await opened.engine.createLocalDescription("offer", { isIceRestart: false });
      await opened.engine.rollback("local");
    }
    await client.answer();
    expect(sent.state).toBe("sending");
  });

  it("[HM10] a track whose offer was taken back goes in the next one, also in a section that is used again", async () => {
    const { to, subscriber, source } = await connectPair();
    const first = to.engine.addTrack(source, { section: "own" });
    await subscriber.answer();
    first.stop();
    await subscriber.answer();
    const second = to.engine.addTrack(source, { section: "own" });
    await to.engine.createLocalDescription("offer", { isIceRestart: false });
    await to.engine.rollback("local");
    // The client's own offer came at the same time, which knows nothing of the track.
    await subscriber.offer();
    await subscriber.answer();
    expect([second.state, second.mid]).toEqual(["sending", first.mid]);
  });

  it("[HM11] a client that refuses a section is sent nothing in it, and another track is not lost for it", async () => {
    const { to, subscriber, source } = await connectPair();
    const first = to.engine.addTrack(source, { section: "own" });
    const offer = await to.engine.createLocalDescription("offer", { isIceRestart: false });
    await subscriber.pc.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    await subscriber.pc.setLocalDescription(await subscriber.pc.createAnswer());
    const sdp = (subscriber.pc.localDescription?.sdp ?? "").replace(/^m=video \d+ /m, "m=video 0 ");
    await to.engine.applyRemoteDescription({ type: "answer", sdp });
    expect(first.state).toBe("rejected");
    first.stop();
    const second = to.engine.addTrack(source, { section: "own" });
    await to.engine.createLocalDescription("offer", { isIceRestart: false });
    expect(second.mid).not.toBe(first.mid);
  });

  it("[HM12] a track that is stopped while its offer is under way is not sent, and its section is free again later", async () => {
    const { to, subscriber, source } = await connectPair();
    const first = to.engine.addTrack(source, { section: "own" });
    const { sdp } = await to.engine.createLocalDescription("offer", { isIceRestart: false });
    first.stop();
    expect(sdp).toContain("a=sendonly");
    to.events.clear();
    await subscriber.pc.setRemoteDescription({ type: "offer", sdp });
    await subscriber.pc.setLocalDescription(await subscriber.pc.createAnswer());
    await to.engine.applyRemoteDescription({ type: "answer", sdp: subscriber.pc.localDescription?.sdp ?? "" });
    await to.events.next(({ type }) => type === "negotiation.needed");
    expect(await subscriber.answer()).toContain("a=inactive");
    const second = to.engine.addTrack(source, { section: "own" });
    await subscriber.answer();
    expect([first.state, second.state, second.mid]).toEqual(["stopped", "sending", "1"]);
  });

  it("[HM13] stopping in the middle of everything leaves no stream behind", async () => {
    const members = watchClock();
    const { to, subscriber, source, publisher } = await connectPair();
    for (let round = 0; round < 4; round += 1) {
      const sent = to.engine.addTrack(source, { section: "own" });
      sent.onchange = () => sent.stop();
      await subscriber.answer();
      await subscriber.answer();
    }
    const late = to.engine.addTrack(source, { section: "own" });
    const answering = subscriber.answer().catch(() => undefined);
    await to.engine.close();
    await answering;
    expect(late.state).toBe("stopped");
    await publisher.pc.close();
    expect([...members]).toHaveLength(1);
  });
});
