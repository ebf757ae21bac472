import { expect, test } from "vitest";
import { adaptDescription, hasLocalName } from "../../../transport/media/remote_description.ts";

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");

test("[ME40] candidates of names and the end of candidates are kept from the engine", () => {
  const host = "a=candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host";
  const name = "a=candidate:2 1 udp 2122260222 14bded4a-4810-479e-b44c-99dfde2b6e7c.local 5001 typ host";
  const sdp = lines("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", host, name, "a=end-of-candidates");
  expect(adaptDescription(sdp)).toBe(lines("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", host));
  expect([host, name].map((line) => hasLocalName(line.slice(2)))).toEqual([false, true]);
});

test("[ME41] a section that is offered for its BUNDLE group only is no rejected one", () => {
  const bundleOnly = lines("m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=bundle-only");
  const rejected = lines("m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:2");
  const adapted = adaptDescription(lines("v=0", "a=group:BUNDLE 0 1") + bundleOnly + rejected);
  expect(adapted).toContain(lines("m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1"));
  expect(adapted).toContain(rejected);
});

test("[ME42] a header extension whose identifier means two things is left out", () => {
  const mid = "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid";
  const level = "a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level";
  const sendTime = "a=extmap:2/recvonly http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
  const audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111";
  const video = "m=video 9 UDP/TLS/RTP/SAVPF 96";
  expect(adaptDescription(lines("v=0", audio, mid, level, video, mid, sendTime))).toBe(
    lines("v=0", audio, mid, video, mid),
  );
});
