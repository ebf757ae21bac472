import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters } from "werift";
import type { RemoteTrack } from "../../../actors/application.ts";
import { eventually } from "../../kit/eventually.ts";
import type { WeriftTrack } from "../../kit/werift_track.ts";
import { connectClient } from "./connect_client.ts";
import { openEngines } from "./open_engine.ts";

/** One client that sends, another one that is connected and takes. */
async function connectPair(kinds: readonly ("audio" | "video")[]) {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = connectClient(from);
  const tracks = kinds.map((kind) => publisher.addTrack(kind));
  await publisher.offer();
  const subscriber = connectClient(to);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const sources = await Promise.all(kinds.map((kind) => from.tracks.next((track) => track.kind === kind)));
  return { from, to, publisher, subscriber, tracks, sources };
}

function opus(): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({ mimeType: "audio/opus", clockRate: 48_000, channels: 2, payloadType: 96 });
}

function pcmu(): RTCRtpCodecParameters {
  return new RTCRtpCodecParameters({ mimeType: "audio/PCMU", clockRate: 8_000, channels: 1, payloadType: 0 });
}

/** How many sections a description has. */
function countSections(sdp: string): number {
  return sdp.match(/^m=/gm)?.length ?? 0;
}

describe("forwarded tracks", () => {
  it.each(["audio", "video"] as const)("[MS7] what one client sends as %s, another one gets", async (kind) => {
    const { to, subscriber, tracks, sources } = await connectPair([kind]);
    const [track] = tracks as [WeriftTrack];
    const sent = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own", streamId: "alice" });
    expect([sent.mid, sent.state]).toEqual([null, "negotiating"]);
    subscriber.pc.onTrack.subscribe((remote) => track.collect(remote));
    const offer = await subscriber.answer();
    expect([sent.mid, sent.state]).toEqual(["1", "sending"]);
    expect(offer).toContain("a=msid:alice ");
    await track.sendUntilReturned(5);
    const numbers = track.returnedPackets.map(({ header }) => header.sequenceNumber);
    expect(numbers.map((number) => (number - (numbers[0] ?? 0)) & 0xffff)).toEqual([...numbers.keys()]);
  });

  it("[MS8] what is muted goes to nobody, and goes on afterwards", async () => {
    const { to, subscriber, tracks, sources } = await connectPair(["video", "audio"]);
    const [video, audio] = tracks as [WeriftTrack, WeriftTrack];
    const [source, other] = sources as [RemoteTrack, RemoteTrack];
    subscriber.pc.onTrack.subscribe((remote) => (remote.kind === "video" ? video : audio).collect(remote));
    to.engine.addTrack(source, { section: "own" });
    to.engine.addTrack(other, { section: "own" });
    await subscriber.answer();
    await video.sendUntilReturned(3);
    source.muted = true;
    for (let frame = 0; frame < 10; frame += 1) video.writeFrame();
    // What was sent before it has arrived when it has.
    await audio.sendUntilReturned(5);
    const before = video.returned.length;
    source.muted = false;
    await video.sendUntilReturned(before + 3);
    const steps = video.returned.map((number, index) => number - (video.returned[index - 1] ?? 0));
    expect(steps.filter((step) => step >= 10)).toHaveLength(1);
  });

  it("[MS28] another track takes the place of one without a negotiation, and the client sees one stream go on", async () => {
    const { from, to, publisher, subscriber, tracks, sources } = await connectPair(["video", "audio"]);
    const second = publisher.addTrack("video");
    await publisher.offer();
    const source = await from.tracks.next((track) => track.kind === "video");
    const [first] = tracks as [WeriftTrack];
    const ssrcs = new Set<number>();
    subscriber.pc.onTrack.subscribe((remote) => {
      first.collect(remote);
      second.collect(remote);
      remote.onReceiveRtp.subscribe(({ header }) => void ssrcs.add(header.ssrc));
    });
    const sent = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    await subscriber.answer();
    await first.sendUntilReturned(5);
    sent.replaceTrack(source);
    expect(() => sent.replaceTrack(sources[1] as RemoteTrack)).toThrow("it is audio in place of video");
    expect(() => sent.replaceTrack({ kind: "video" } as RemoteTrack)).toThrow("it is not one of this node's");
    const before = first.returnedPackets.length;
    await second.sendUntilReturned(before + 5);
    const numbers = first.returnedPackets.map(({ header }) => header.sequenceNumber);
    expect(numbers.map((number) => (number - (numbers[0] ?? 0)) & 0xffff)).toEqual([...numbers.keys()]);
    expect([ssrcs.size, sent.state, sent.mid]).toEqual([1, "sending", "1"]);
  });

  it("[MS9] a section whose track ended carries the next one, with another SSRC, once the client knows", async () => {
    const { to, subscriber, tracks, sources } = await connectPair(["video", "audio"]);
    const video = sources[0] as RemoteTrack;
    const states: string[] = [];
    const offers: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const sent = to.engine.addTrack(video, { section: "own", streamId: `round${round}` });
      sent.onchange = () => states.push(sent.state);
      offers.push(await subscriber.answer());
      sent.stop();
      offers.push(await subscriber.answer());
    }
    expect(new Set(offers.map(countSections))).toEqual(new Set([2]));
    const ssrcs = offers.flatMap((sdp) => /^a=ssrc:(\d+)/m.exec(sdp)?.[1] ?? []);
    expect(new Set(ssrcs).size).toBeGreaterThanOrEqual(5);
    expect(states.filter((state) => state === "sending")).toHaveLength(5);
    expect(tracks).toHaveLength(2);
  });

  it("[MS9] a track that comes as another one goes does not take its section in the same negotiation", async () => {
    const { to, subscriber, sources } = await connectPair(["audio"]);
    const first = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    await subscriber.answer();
    first.stop();
    const second = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    await subscriber.answer();
    expect([first.mid, second.mid, second.state]).toEqual(["1", "2", "sending"]);
    second.stop();
    const third = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    await subscriber.answer();
    expect(third.mid).toBe("1");
  });

  it("[MS26] a way that media goes by or comes by gets a socket of its own, which ends with the connection", async () => {
    const { from, to, subscriber, tracks, sources } = await connectPair(["audio"]);
    const [track] = tracks as [WeriftTrack];
    const countSockets = () => process.getActiveResourcesInfo().filter((name) => name === "UDPWrap").length;
    to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    subscriber.pc.onTrack.subscribe((remote) => track.collect(remote));
    await subscriber.answer();
    await track.sendUntilReturned(3);
    const before = countSockets();
    for (let frame = 0; frame < 100; frame += 1) track.writeFrame();
    await track.sendUntilReturned(110);
    expect(countSockets()).toBe(before + (process.platform === "linux" ? 2 : 0));
    await Promise.all([from.engine.close(), to.engine.close(), subscriber.pc.close()]);
    await eventually(() => countSockets() < before, { what: "the sockets to be closed" });
  });

  it("[MS20] a track is named in the section that carries it, and nowhere else", async () => {
    const { to, subscriber, sources } = await connectPair(["audio"]);
    const [source] = sources as [RemoteTrack];
    const first = to.engine.addTrack(source, { section: "own", streamId: "alice" });
    await subscriber.answer();
    // As a page does that adds a track of its own: it takes a section that it receives in.
    subscriber.pc
      .getTransceivers()
      .find(({ mid }) => mid === first.mid)
      ?.setDirection("sendrecv");
    await subscriber.offer();
    first.stop();
    const second = to.engine.addTrack(source, { section: "own", streamId: "alice" });
    const sdp = await subscriber.answer();
    expect(second.mid).not.toBe(first.mid);
    expect(sdp.match(/^a=msid:.*$/gm)).toHaveLength(1);
  });

  it("[MS21] what several tracks change in one turn is asked to be negotiated once", async () => {
    const { to, subscriber, sources } = await connectPair(["audio", "video"]);
    const countAsked = () => to.events.seen.filter(({ type }) => type === "negotiation.needed").length;
    const before = countAsked();
    const [audio, video] = sources as [RemoteTrack, RemoteTrack];
    to.engine.addTrack(audio, { section: "own" });
    to.engine.addTrack(video, { section: "own" });
    await eventually(() => countAsked() > before, { what: "the negotiation to be asked for" });
    const first = await subscriber.answer();
    const second = await subscriber.answer();
    expect(countAsked()).toBe(before + 1);
    const origins = [first, second].map((sdp) => /^o=- (\d+) (\d+) /m.exec(sdp)?.slice(1).map(Number) ?? []);
    expect(origins[1]?.[0]).toBe(origins[0]?.[0]);
    expect(origins[1]?.[1]).toBe((origins[0]?.[1] ?? 0) + 1);
  });

  it("[MS14] a track that there is no section left for waits for one", async () => {
    const engines = await openEngines({ maxMediaSections: 3 });
    const from = engines.create();
    const publisher = connectClient(from);
    publisher.addTrack("audio");
    await publisher.offer();
    const source = await from.tracks.next();
    const to = engines.create();
    const client = connectClient(to);
    client.pc.createDataChannel("chat");
    await client.offer();
    const sent = Array.from({ length: 4 }, () => to.engine.addTrack(source, { section: "own" }));
    const offered = await client.answer();
    expect(countSections(offered)).toBe(3);
    const states = () => sent.map(({ state }) => state);
    expect(states()).toEqual(["sending", "sending", "negotiating", "negotiating"]);
    to.events.clear();
    sent[0]?.stop();
    await to.events.next(({ type }) => type === "negotiation.needed");
    await client.answer();
    await to.events.next(({ type }) => type === "negotiation.needed");
    expect(countSections(await client.answer())).toBe(3);
    expect(states()).toEqual(["stopped", "sending", "sending", "negotiating"]);
  });

  it("[MS10] a track is rejected by a client that has no codec for it, and by none that has one", async () => {
    const engines = await openEngines();
    const from = engines.create();
    const publisher = connectClient(from, { codecs: { audio: [opus()] } });
    publisher.addTrack("audio");
    await publisher.offer();
    const source = await from.tracks.next();
    const states = [[opus(), pcmu()], [pcmu()]].map(async (audio) => {
      const opened = engines.create();
      const client = connectClient(opened, { codecs: { audio } });
      client.pc.createDataChannel("chat");
      await client.offer();
      const sent = opened.engine.addTrack(source, { section: "own" });
      await client.answer();
      return [sent.state, opened.failures.length];
    });
    expect(await Promise.all(states)).toEqual([
      ["sending", 0],
      ["rejected", 0],
    ]);
  });

  it("[MS11] a track that goes back to its sender does so in its own section", async () => {
    const engines = await openEngines();
    const opened = engines.create();
    const client = connectClient(opened);
    const track = client.addTrack("video");
    await client.offer();
    const source = await opened.tracks.next();
    const sent = opened.engine.addTrack(source);
    await client.answer();
    expect([sent.mid, sent.state]).toEqual([source.mid, "sending"]);
    await track.sendUntilReturned(3);
  });

  it("[MS12] a client that sends in a section of this side's is heard there", async () => {
    const { to, subscriber, sources } = await connectPair(["audio"]);
    const sent = to.engine.addTrack(sources[0] as RemoteTrack, { section: "own" });
    await subscriber.answer();
    const transceiver = subscriber.pc.getTransceivers().find(({ mid }) => mid === sent.mid);
    transceiver?.setDirection("sendrecv");
    await subscriber.offer();
    const back = await to.tracks.next();
    expect([back.mid, back.kind]).toEqual([sent.mid, "audio"]);
    await eventually(() => transceiver?.currentDirection === "sendrecv", { what: "the section to go both ways" });
  });

  it("[MS13] a track ends with its section, with its peer connection, and once only", async () => {
    const { from, publisher, sources } = await connectPair(["video", "audio"]);
    const ended: string[] = [];
    for (const source of sources) source.onended = () => ended.push(source.kind);
    publisher.pc
      .getTransceivers()
      .find(({ kind }) => kind === "video")
      ?.setDirection("inactive");
    await publisher.offer();
    expect(ended).toEqual(["video"]);
    await from.engine.close();
    expect(ended).toEqual(["video", "audio"]);
    expect(sources.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
  });
});
