// Records what Chromium sends, for the tests of the inspectors: `node test/transport/media/codec/record_fixtures.ts [name ...]`.
// A line is one packet: sequence number, timestamp, marker, dependency descriptor and the first bytes of the payload, in hex.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  RTCRtpCodecParameters,
  useAbsSendTime,
  useDependencyDescriptor,
  useNACK,
  usePLI,
  useSdesMid,
  useSdesRTPStreamId,
  RTCPeerConnection as WeriftPeerConnection,
} from "werift";
import { launchChromium } from "../../../kit/chromium.ts";
import { servePages } from "../../../kit/serve_pages.ts";

/** Enough for a payload descriptor and the parameter sets of H.264. */
const payloadBytes = 32;
const packetsPerFixture = 100;

interface Recording {
  readonly mimeType: string;
  readonly scalabilityMode: string;
  readonly parameters?: string;
  readonly withDescriptor?: boolean;
}

const recordings: Readonly<Record<string, Recording>> = {
  vp8_l1t1: { mimeType: "video/VP8", scalabilityMode: "L1T1" },
  vp8_l1t3: { mimeType: "video/VP8", scalabilityMode: "L1T3" },
  vp9_l1t1: { mimeType: "video/VP9", scalabilityMode: "L1T1", parameters: "profile-id=0" },
  vp9_l1t3: { mimeType: "video/VP9", scalabilityMode: "L1T3", parameters: "profile-id=0" },
  vp9_l3t3_key: { mimeType: "video/VP9", scalabilityMode: "L3T3_KEY", parameters: "profile-id=0" },
  h264_l1t1: {
    mimeType: "video/H264",
    scalabilityMode: "L1T1",
    parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
  },
  av1_l1t1: { mimeType: "video/AV1", scalabilityMode: "L1T1" },
  av1_l1t3: { mimeType: "video/AV1", scalabilityMode: "L1T3", withDescriptor: true },
  av1_l2t2: { mimeType: "video/AV1", scalabilityMode: "L2T2", withDescriptor: true },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(recordings);
const browser = await launchChromium();
const pages = await servePages(fileURLToPath(new URL("../../../e2e/pages/", import.meta.url)));
for (const name of names) {
  const recording = recordings[name];
  if (recording === undefined) throw new Error(`Cannot record "${name}": the names are ${Object.keys(recordings)}`);
  const lines = await record(recording);
  writeFileSync(fileURLToPath(new URL(`./fixtures/${name}.txt`, import.meta.url)), `${lines.join("\n")}\n`);
}
await browser.close();
await pages.close();

async function record({ mimeType, scalabilityMode, parameters, withDescriptor }: Recording): Promise<string[]> {
  const codec = new RTCRtpCodecParameters({
    mimeType,
    clockRate: 90_000,
    rtcpFeedback: [useNACK(), usePLI()],
    ...(parameters === undefined ? {} : { parameters }),
  });
  const video = [useSdesMid(), useSdesRTPStreamId(), useAbsSendTime()];
  if (withDescriptor) video.push(useDependencyDescriptor());
  const pc = new WeriftPeerConnection({ iceServers: [], codecs: { video: [codec] }, headerExtensions: { video } });
  const transceiver = pc.addTransceiver("video", { direction: "recvonly" });
  const page = await browser.newPage();
  await page.goto(`${pages.url}/test_client.html`);
  const lines: string[] = [];
  const isEnough = new Promise<void>((resolve) => {
    transceiver.onTrack.subscribe((track) => {
      const keyframes = setInterval(() => void transceiver.receiver.sendRtcpPLI(track.ssrc ?? 0), 1_500);
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        if (lines.length === packetsPerFixture) return;
        const descriptor = transceiver.headerExtensions.find(({ uri }) => uri.includes("dependency-descriptor"));
        const extension = header.extensions.find(({ id }) => id === descriptor?.id)?.payload.toString("hex") || "-";
        const start = payload.subarray(0, payloadBytes).toString("hex") || "-";
        lines.push([header.sequenceNumber, header.timestamp, header.marker ? 1 : 0, extension, start].join(" "));
        if (lines.length < packetsPerFixture) return;
        clearInterval(keyframes);
        resolve();
      });
    });
  });
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await page.evaluate(answerInPage, { sdp: pc.localDescription?.sdp ?? "", mimeType, scalabilityMode });
  await pc.setRemoteDescription({ type: "answer", sdp: answer });
  await isEnough;
  await page.close();
  await pc.close();
  return lines;
}

async function answerInPage(options: { sdp: string; mimeType: string; scalabilityMode: string }): Promise<string> {
  const pc = new RTCPeerConnection();
  await pc.setRemoteDescription({ type: "offer", sdp: options.sdp });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 } });
  const [transceiver] = pc.getTransceivers();
  if (transceiver === undefined) throw new Error("Cannot answer: nothing was offered");
  transceiver.direction = "sendonly";
  await transceiver.sender.replaceTrack(stream.getVideoTracks()[0] ?? null);
  const gathered = new Promise<void>((resolve) => {
    pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && resolve();
  });
  await pc.setLocalDescription();
  const sending = transceiver.sender.getParameters();
  for (const encoding of sending.encodings) {
    Object.assign(encoding, { scalabilityMode: options.scalabilityMode, maxBitrate: 500_000 });
  }
  await transceiver.sender.setParameters(sending);
  await gathered;
  return pc.localDescription?.sdp ?? "";
}
