import { describe, expect, it } from "vitest";
import { readRemoteSections } from "../../../transport/media/remote_sections.ts";

const session = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

function video(...lines: string[]): string {
  return ["m=video 9 UDP/TLS/RTP/SAVPF 96 97", "a=mid:1", ...lines, ""].join("\r\n");
}

describe("remote sections", () => {
  it("[MS1] says which stream repairs which", () => {
    const sdp =
      session +
      video("a=ssrc-group:FID 1000 2000", "a=ssrc:1000 cname:a", "a=ssrc:1000 msid:s t", "a=ssrc:2000 cname:a");
    expect(readRemoteSections(sdp)).toEqual([{ kind: "video", mid: "1", rids: [], ssrcs: new Map([[1000, 2000]]) }]);
  });

  it("[MS1] takes streams without repair, and leaves groups of unknown streams aside", () => {
    const sdp = session + video("a=ssrc:7 cname:a", "a=ssrc-group:FID 8 9", "a=ssrc-group:FID 7 7");
    expect(readRemoteSections(sdp)[0]?.ssrcs).toEqual(new Map([[7, undefined]]));
  });

  it("[MS1] leaves data channels and sections without mid aside", () => {
    const sdp = `${session}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`;
    expect(readRemoteSections(sdp)).toEqual([]);
  });

  it.each([
    ["a=simulcast:send q;h;f", ["q", "h", "f"]],
    ["a=simulcast:send f;h;q", ["q", "h", "f"]],
    ["a=simulcast:send h;q", ["q", "h"]],
    ["a=simulcast:recv x;y send low;mid;high", ["low", "mid", "high"]],
    ["a=simulcast:send low,other;~high recv x", ["low", "high"]],
    ["a=simulcast:recv x;y", []],
    ["a=rid:q send", []],
    ["a=simulcast:send a;a;b", ["a", "b"]],
  ])("[MS2] the layers of %s are %j, the lowest first", (line, rids) => {
    expect(readRemoteSections(session + video(line))[0]?.rids).toEqual(rids);
  });

  it("[MS3] a description names no more streams and layers than have a use", () => {
    const ssrcs = Array.from({ length: 500 }, (_, index) => `a=ssrc:${index + 1} cname:a`);
    const rids = Array.from({ length: 500 }, (_, index) => `r${index}`).join(";");
    const [section] = readRemoteSections(session + video(...ssrcs, `a=simulcast:send ${rids}`));
    expect(section?.ssrcs.size).toBe(12);
    expect(section?.rids).toEqual(["r0", "r1", "r2", "r3"]);
  });

  it("[MS3] names that no packet could carry are no layers", () => {
    const sdp = session + video(`a=simulcast:send __proto__;${"x".repeat(17)};a.b;ok`);
    expect(readRemoteSections(sdp)[0]?.rids).toEqual(["__proto__", "ok"]);
  });
});
