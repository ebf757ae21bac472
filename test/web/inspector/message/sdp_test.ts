import fc from "fast-check";
import { expect, test } from "vitest";
import { countChanges, type DiffSection, diffSdp, ownPart } from "../../../../web/inspector/message/diff_sdp.ts";
import { explainSdpLine } from "../../../../web/inspector/message/explain_sdp_line.ts";
import { parseSdp } from "../../../../web/inspector/message/sdp.ts";

const session = ["v=0", "o=- 4 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"];
const audio = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:0",
  "a=ice-ufrag:abcd",
  "a=sendrecv",
  "a=rtpmap:111 opus/48000/2",
];
const video = [
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  "a=mid:1",
  "a=sendonly",
  "a=rtpmap:96 VP8/90000",
  "a=fmtp:97 apt=96",
];
const sdpOf = (...blocks: readonly (readonly string[])[]) => `${blocks.flat().join("\r\n")}\r\n`;

const told = (sections: readonly DiffSection[]) =>
  sections.flatMap(({ section, lines }) =>
    lines
      .filter(({ change }) => change !== "same")
      .map(({ line, change, was }) => `${section.key} ${change} ${line.text}${was === null ? "" : ` was ${was}`}`),
  );

const diff = (before: string, after: string) => diffSdp(parseSdp(before), parseSdp(after));

test("[IP47] a description is read by sections, each with its mid, its direction and whether it is rejected", () => {
  const rejected = ["m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:2", "a=inactive"];
  const bundled = ["m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:3", "a=bundle-only"];
  const read = parseSdp(sdpOf(session, audio, rejected, bundled)).map(({ key, kind, direction, isRejected }) => [
    key,
    kind,
    direction,
    isRejected,
  ]);
  expect(read).toEqual([
    ["session", "session", null, false],
    ["mid 0", "audio", "sendrecv", false],
    ["mid 2", "video", "inactive", true],
    ["mid 3", "video", null, false],
  ]);
});

test("[IP47] no line of a text is lost, whatever it is, and all of it can be explained and compared", () => {
  const line = fc.oneof(
    fc.constantFrom(
      ...session,
      ...audio,
      ...video,
      "a=mid:",
      "m=",
      "a=ssrc:1 cname:x",
      "a=candidate:1 1 udp x",
      "a=simulcast:send",
      "a=rid:",
      "=",
      "a=",
    ),
    fc.string(),
    fc
      .tuple(
        fc.constantFrom(
          "mid",
          "rtpmap",
          "fmtp",
          "rtcp-fb",
          "ssrc",
          "ssrc-group",
          "extmap",
          "rid",
          "simulcast",
          "candidate",
          "group",
          "setup",
          "fingerprint",
          "msid",
        ),
        fc.string(),
      )
      .map(([name, value]) => `a=${name}:${value}`),
  );
  const text = fc.array(line).map((lines) => lines.join("\r\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const sections = parseSdp(after);
      const lines = after.split(/\r\n|\r|\n/).filter((each) => each !== "");
      expect(sections.flatMap((section) => section.lines.map((each) => each.text))).toEqual(lines);
      expect(new Set(sections.map(({ key }) => key)).size).toBe(sections.length);
      for (const section of sections) for (const each of section.lines) explainSdpLine(each, section);
      const compared = diffSdp(parseSdp(before), sections);
      const now = compared.flatMap((each) =>
        each.lines.filter(({ change }) => change !== "removed").map((each) => each.line.text),
      );
      expect(now).toEqual(lines);
      const was = compared.flatMap((each) =>
        each.lines.filter(({ change }) => change !== "added").map((one) => one.was ?? one.line.text),
      );
      expect([...was].sort()).toEqual(
        before
          .split(/\r\n|\r|\n/)
          .filter((each) => each !== "")
          .sort(),
      );
    }),
  );
});

test("[IP48] nothing differs between a description and itself, in whatever order sections and lines of it stand", () => {
  expect(told(diff(sdpOf(session, audio, video), sdpOf(session, audio, video)))).toEqual([]);
  const [m = "", ...rest] = audio;
  expect(told(diff(sdpOf(session, audio, video), sdpOf(session, video, [m, ...rest.toReversed()])))).toEqual([]);
  fc.assert(
    fc.property(fc.shuffledSubarray(rest, { minLength: rest.length }), (shuffled) => {
      expect(told(diff(sdpOf(session, audio), sdpOf(session, [m, ...shuffled])))).toEqual([]);
    }),
  );
});

test("[IP48] sections are compared by mid: one that is new or gone is so as a whole", () => {
  const sections = diff(sdpOf(session, audio, video), sdpOf(session, video, ["m=audio 9 X 0", "a=mid:5"]));
  expect(sections.map(({ section, change }) => `${section.key} ${change}`)).toEqual([
    "session same",
    "mid 1 same",
    "mid 5 added",
    "mid 0 removed",
  ]);
  expect(countChanges(sections)).toEqual({ same: 10, added: 2, removed: 5, changed: 0 });
});

test("[IP48] lines are compared by what they are about: one value that changed, not one line gone and one come", () => {
  const before = sdpOf(session, audio, [...video, "a=ssrc:7 cname:x", "a=rtcp-fb:96 nack"]);
  const after = before
    .replace("ice-ufrag:abcd", "ice-ufrag:efgh")
    .replace("a=sendrecv", "a=recvonly")
    .replace("96 VP8/90000", "96 VP9/90000")
    .replace("a=ssrc:7 cname:x", "a=ssrc:7 cname:y")
    .replace("a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli");
  expect(told(diff(before, after))).toEqual([
    "mid 0 changed a=ice-ufrag:efgh was a=ice-ufrag:abcd",
    "mid 0 changed a=recvonly was a=sendrecv",
    "mid 1 changed a=rtpmap:96 VP9/90000 was a=rtpmap:96 VP8/90000",
    "mid 1 changed a=ssrc:7 cname:y was a=ssrc:7 cname:x",
    "mid 1 removed a=rtcp-fb:96 nack",
    "mid 1 added a=rtcp-fb:96 nack pli",
  ]);
});

test("[IP48] what is gone is shown where it stood", () => {
  const [section] = diff("v=0\ns=-\nt=0 0\nb=AS:9\n", "v=0\nt=0 0\n");
  expect(section?.lines.map(({ line, change }) => `${change} ${line.text}`)).toEqual([
    "same v=0",
    "removed s=-",
    "same t=0 0",
    "removed b=AS:9",
  ]);
});

test("[IP48] the part that a changed line does not share with the one before is found", () => {
  expect(ownPart("a=ice-ufrag:efgh", "a=ice-ufrag:abch")).toEqual(["a=ice-ufrag:", "efg", "h"]);
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const [[start, own, end], [, otherOwn]] = [ownPart(one, other), ownPart(other, one)];
      expect(start + own + end).toBe(one);
      expect(start + otherOwn + end).toBe(other);
    }),
  );
});

test("[IP49] lines that matter are explained in words, with what they are about in their own section", () => {
  const [, section] = parseSdp(
    sdpOf(session, [
      ...video,
      "a=ice-ufrag:abcd",
      "a=fingerprint:sha-256 AA:BB",
      "a=setup:actpass",
      "a=rtcp-fb:96 nack pli",
      "a=ssrc-group:FID 1 2",
      "a=ssrc:1 cname:x",
      "a=rid:q send max-width=320",
      "a=simulcast:send q;~h",
      "a=candidate:1 1 udp 9 fd00::2 4000 typ relay raddr 1.2.3.4 rport 5",
      "x=unknown",
    ]),
  );
  const explained = Object.fromEntries(section?.lines.map((line) => [line.name, explainSdpLine(line, section)]) ?? []);
  expect(explained).toMatchObject({
    m: "A section of video. Port 9 means that candidates say where. Codecs, best first: VP8, payload type 97.",
    rtpmap: "Packets of payload type 96 hold VP8 with a clock of 90000 Hz.",
    fmtp: "Repeats lost packets of VP8 (payload type 96).",
    "rtcp-fb": "VP8: asks for a key frame when a picture is lost.",
    setup: "In the DTLS handshake this side is either one; the answer decides.",
    "ssrc-group": "2 repeats lost packets of 1 (RTX).",
    rid: "Simulcast layer q, sent by this side, within max-width=320.",
    simulcast: "Simulcast: this side sends the layers q, h (paused).",
    candidate: "An address at a TURN server, which passes packets on. Reached at [fd00::2]:4000 over UDP.",
    x: null,
  });
  for (const name of ["mid", "ice-ufrag", "fingerprint", "ssrc"]) expect(explained[name]).toMatch(/\.$/);
});
