import { expect, test } from "vitest";
import { dropRepeatedCandidates } from "../../../transport/media/bundled_candidates.ts";

const candidates = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=candidate:2 1 udp 1 192.0.2.2 9 typ host\r\n";

function section(mid: string): string {
  return `m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n${candidates}a=end-of-candidates\r\na=mid:${mid}\r\na=ice-ufrag:x\r\n`;
}

test("[MS15] the candidates of a BUNDLE group stand in the section that it is tagged with, and nowhere else", () => {
  const session = "v=0\r\na=group:BUNDLE b a c\r\n";
  const bare = (mid: string) => section(mid).replace(`${candidates}a=end-of-candidates\r\n`, "");
  expect(dropRepeatedCandidates(session + section("a") + section("b") + section("c") + section("d"))).toBe(
    session + bare("a") + section("b") + bare("c") + section("d"),
  );
});

test.each(["v=0\r\n", "v=0\r\na=group:BUNDLE a\r\n", "v=0\r\na=group:LS a b\r\n"])(
  "[MS15] sections with transports of their own keep their candidates: %j",
  (session) => {
    const sdp = session + section("a") + section("b");
    expect(dropRepeatedCandidates(sdp)).toBe(sdp);
  },
);
