import { expect, test } from "vitest";
import { entriesOf, mappingUrls, maxAskedUrls, readIceUrl } from "../../../web/demo/network/ice_url.ts";
import { belongsTo, isPairOf, onlyCandidatesOf } from "../../../web/demo/network/path_kind.ts";
import { candidate } from "./network_facts_of.ts";

const lines = {
  udp: "a=candidate:1 1 udp 2130706431 203.0.113.9 40000 typ host",
  srflx: "a=candidate:2 1 UDP 1694498815 198.51.100.7 41000 typ srflx raddr 0.0.0.0 rport 0",
  tcp: "a=candidate:3 1 tcp 1518280447 203.0.113.9 40001 typ host tcptype passive",
  relay: "a=candidate:4 1 udp 16777215 203.0.113.5 49152 typ relay raddr 0.0.0.0 rport 0",
};
const sdp = `v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n${Object.values(lines).join("\r\n")}\r\na=end-of-candidates\r\n`;

test("[CHK1] keeps in a description the candidates of the way that is tried, and every other line", () => {
  const kept = (kind: Parameters<typeof onlyCandidatesOf>[0]) =>
    Object.entries(lines)
      .filter(([, line]) => onlyCandidatesOf(kind, sdp).includes(line))
      .map(([name]) => name);
  expect(kept("udp")).toEqual(["udp", "srflx"]);
  expect(kept("tcp")).toEqual(["tcp"]);
  expect(onlyCandidatesOf("relay-tls", sdp)).toBe(sdp);
  expect(onlyCandidatesOf("tcp", sdp)).toBe(
    sdp.replace(`${lines.udp}\r\n${lines.srflx}\r\n`, "").replace(`${lines.relay}\r\n`, ""),
  );
  expect(belongsTo("udp", candidate("203.0.113.5", { type: "relay" }))).toBe(false);
});

test("[CHK1] takes a connection for another way when the pair in use is none of the way that was tried", () => {
  const pair = { roundTripMs: 1, bytesSent: 0, bytesReceived: 0 };
  const [host, tcp] = [candidate("203.0.113.9"), candidate("203.0.113.9", { protocol: "tcp" })];
  const relay = candidate("203.0.113.5", { type: "relay" });
  expect(isPairOf("udp", { ...pair, local: host, remote: host })).toBe(true);
  expect(isPairOf("udp", { ...pair, local: host, remote: relay })).toBe(false);
  expect(isPairOf("tcp", { ...pair, local: tcp, remote: tcp })).toBe(true);
  expect(isPairOf("tcp", { ...pair, local: host, remote: host })).toBe(false);
  expect(isPairOf("relay-tcp", { ...pair, local: relay, remote: host })).toBe(true);
  expect(isPairOf("relay-tcp", { ...pair, local: host, remote: host })).toBe(false);
});

test.for([
  ["stun:stun.example", "stun", "stun.example", 3478],
  ["stuns:stun.example", "stun", "stun.example", 5349],
  ["turn:turn.example", "relay-udp", "turn.example", 3478],
  ["turn:turn.example:80?transport=udp", "relay-udp", "turn.example", 80],
  ["TURN:turn.example?transport=TCP", "relay-tcp", "turn.example", 3478],
  ["turns:[2001:db8::1]:443?transport=tcp", "relay-tls", "[2001:db8::1]", 443],
  ["turns:turn.example", "relay-tls", "turn.example", 5349],
  ["turns:turn.example?transport=udp", "other", "turn.example", 5349],
  ["https://turn.example", "other", "", 3478],
] as const)("[CHK2] reads what %s leads to", ([url, kind, host, port]) => {
  expect(readIceUrl(url)).toEqual({ kind, host, port });
});

test("[CHK2] asks each URL once and by itself, with its credentials, and never more than a browser can bear", () => {
  const credentials = { username: "u", credential: "c" };
  const entries = entriesOf([
    { urls: ["turn:a", "turn:a?transport=tcp"], ...credentials },
    { urls: "stun:b" },
    { urls: "stun:b" },
  ]);
  expect(entries).toEqual([
    { url: "turn:a", server: { urls: "turn:a", ...credentials } },
    { url: "turn:a?transport=tcp", server: { urls: "turn:a?transport=tcp", ...credentials } },
    { url: "stun:b", server: { urls: "stun:b" } },
  ]);
  expect(mappingUrls(entries)).toEqual(["stun:a:3478", "stun:b:3478"]);
  const many = Array.from({ length: 50 }, (_, index) => ({ urls: `stun:${index}.example` }));
  expect(entriesOf(many)).toHaveLength(maxAskedUrls);
  expect(mappingUrls(entriesOf(many))).toHaveLength(4);
});
