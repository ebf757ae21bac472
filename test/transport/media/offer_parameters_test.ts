import { expect, onTestFinished, test } from "vitest";
import { RTCPeerConnection, useSdesMid, useTransportWideCC } from "werift";
import { makeCodecs, makeHeaderExtensions } from "../../../transport/media/codecs.ts";
import { matchOfferParameters } from "../../../transport/media/offer_parameters.ts";

const mid = useSdesMid().uri;
const transportSequence = useTransportWideCC().uri;

/** A client's audio section with numbers that this side would give to something else. */
const offer = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE a",
  "m=audio 9 UDP/TLS/RTP/SAVPF 96 0",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuv",
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
  "a=setup:actpass",
  "a=mid:a",
  "a=sendrecv",
  "a=rtcp-mux",
  "a=rtpmap:96 opus/48000/2",
  "a=rtpmap:0 PCMU/8000",
  `a=extmap:9 ${mid}`,
  `a=extmap:1 ${transportSequence}`,
  "",
].join("\r\n");

/** The sections of an offer of the server that adds `kinds` to a connection which carries the client's audio already. */
async function offerSections(kinds: readonly ("audio" | "video")[]): Promise<readonly string[]> {
  const connection = new RTCPeerConnection({
    codecs: makeCodecs(),
    headerExtensions: makeHeaderExtensions(),
    iceServers: [],
    bundlePolicy: "max-bundle",
  });
  onTestFinished(() => connection.close());
  await connection.setRemoteDescription({ type: "offer", sdp: offer });
  await connection.setLocalDescription(await connection.createAnswer());
  for (const kind of kinds) connection.addTransceiver(kind, { direction: "sendonly" });
  matchOfferParameters(connection.getTransceivers());
  return (await connection.createOffer()).sdp.split(/^(?=m=)/m).slice(1);
}

function payloadTypes(section: string): string[] {
  return /^m=\S+ \S+ \S+ (.*?)\r?$/m.exec(section)?.[1]?.split(" ") ?? [];
}

function extensions(section: string): Map<string, string> {
  return new Map([...section.matchAll(/^a=extmap:(\d+)\S* (\S+?)\r?$/gm)].map(([, id, uri]) => [uri ?? "", id ?? ""]));
}

test("[ME7] a new section of a kind that is there uses the same payload types for the same codecs", async () => {
  const [first = "", second = ""] = await offerSections(["audio"]);
  expect(payloadTypes(first)).toEqual(["96", "0"]);
  // What the client did not offer there, it may take here.
  expect(payloadTypes(second)).toEqual(["96", "0", "8"]);
});

test("[ME7] a new section of another kind uses payload types that are free, each once", async () => {
  const [audio = "", video = "", more = ""] = await offerSections(["video", "video"]);
  const [inAudio, inVideo] = [payloadTypes(audio), payloadTypes(video)];
  expect(inVideo.length).toBeGreaterThan(5);
  expect(new Set([...inAudio, ...inVideo]).size).toBe(inAudio.length + inVideo.length);
  expect(inVideo.every((type) => !(Number(type) >= 64 && Number(type) <= 95))).toBe(true);
  const repaired = [...video.matchAll(/^a=fmtp:\d+ apt=(\d+)/gm)].map(([, type]) => type);
  expect(repaired.every((type) => type !== undefined && inVideo.includes(type))).toBe(true);
  expect(payloadTypes(more).length).toBe(inVideo.length);
});

test("[ME7] one header extension has one identifier in all sections, and one identifier one extension", async () => {
  const sections = (await offerSections(["video", "audio"])).map(extensions);
  for (const section of sections) expect([section.get(mid), section.get(transportSequence)]).toEqual(["9", "1"]);
  const pairs = sections.flatMap((section) => [...section]);
  const uris = new Set(pairs.map(([uri]) => uri));
  expect(new Set(pairs.map(([, id]) => id)).size).toBe(uris.size);
  expect(new Set(pairs.map(([uri, id]) => `${uri} ${id}`)).size).toBe(uris.size);
});
