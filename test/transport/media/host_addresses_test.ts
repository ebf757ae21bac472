import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { announceCandidate, announceDescription, listHostAddresses } from "../../../transport/media/host_addresses.ts";

const v4 = "candidate:abc 1 udp 2130706431 10.0.0.5 50000 typ host generation 0 ufrag x";
const v6 = "candidate:def 1 udp 2130706431 fd00::5 50001 typ host";
const srflx = "candidate:ghi 1 udp 1694498815 198.51.100.9 50000 typ srflx raddr 10.0.0.5 rport 50000";

test("[ME5] an announced address takes the place of a host's, in candidates of its family", () => {
  expect(announceCandidate(v4, ["203.0.113.7"])).toEqual([v4.replace("10.0.0.5", "203.0.113.7")]);
  expect(announceCandidate(v6, ["2001:db8::7"])).toEqual([v6.replace("fd00::5", "2001:db8::7")]);
  expect(announceCandidate(v4, ["2001:db8::7"])).toEqual([v4]);
  expect(announceCandidate(v6, ["203.0.113.7"])).toEqual([v6]);
  expect(announceCandidate(v4, [])).toEqual([v4]);
});

test("[ME5] several announced addresses make a candidate each, of a foundation of its own", () => {
  const announced = announceCandidate(v4, ["203.0.113.7", "2001:db8::7", "203.0.113.8"]);
  expect(announced.map((line) => line.split(" ")[4])).toEqual(["203.0.113.7", "203.0.113.8"]);
  expect(new Set(announced.map((line) => line.split(" ")[0])).size).toBe(2);
  expect(announced.every((line) => line.endsWith(" 50000 typ host generation 0 ufrag x"))).toBe(true);
});

test("[PTH17] several announced addresses have priorities of their own, the first one's the highest, of its family and of the next host", () => {
  const announceIps = Array.from({ length: 16 }, (_, at) => `203.0.113.${at + 1}`);
  // As the hosts are gathered: sixteen preferences apart (patch 324).
  const next = v4.replace("10.0.0.5 50000", "10.0.0.6 50002").replace("2130706431", "2130702335");
  const lines = [v4, next].flatMap((line) => announceCandidate(line, announceIps));
  const priorities = lines.map((line) => Number(line.split(" ")[3]));
  expect(new Set(priorities).size).toBe(32);
  expect(priorities).toEqual(priorities.toSorted((a, b) => b - a));
  expect(new Set(lines.slice(0, 16).map((line) => line.split(" ")[0])).size).toBe(16);
});

test("[PTH17] of two hosts on one port that are announced as one address the better is told", () => {
  const other = v4.replace("10.0.0.5", "10.0.0.6").replace("2130706431", "2130702335").replace("abc", "abd");
  const sdp = ["m=audio 9 X 0", `a=${v4}`, `a=${other}`, ""].join("\r\n");
  const announced = ["m=audio 9 X 0", `a=${v4.replace("10.0.0.5", "203.0.113.7")}`, ""].join("\r\n");
  expect(announceDescription(sdp, ["203.0.113.7"])).toBe(announced);
});

test("[ME5] candidates of servers stay as they are, and so does what is no candidate", () => {
  expect(announceCandidate(srflx, ["203.0.113.7"])).toEqual([srflx]);
  expect(announceCandidate("", ["203.0.113.7"])).toEqual([""]);
});

test("[ME5] a description says each announced candidate once in a section, and keeps all else", () => {
  const other = v4.replace("10.0.0.5", "10.0.0.6").replace("candidate:abc", "candidate:abc");
  const section = ["m=audio 9 X 0", `a=${v4}`, `a=${other}`, `a=${v6}`, `a=${srflx}`, "a=end-of-candidates"];
  const sdp = ["v=0", ...section, ...section, ""].join("\r\n");
  const announced = announceDescription(sdp, ["203.0.113.7"]);
  const expected = ["m=audio 9 X 0", `a=${v4.replace("10.0.0.5", "203.0.113.7")}`, `a=${v6}`, `a=${srflx}`];
  const whole = [...expected, "a=end-of-candidates"];
  expect(announced).toBe(["v=0", ...whole, ...whole, ""].join("\r\n"));
  expect(announceDescription(sdp, [])).toBe(sdp);
});

test("[ME6] candidates are gathered for every address of the machine but loopback and link-local ones", () => {
  const hosts = listHostAddresses();
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  expect(all.map(({ address }) => address)).toEqual(expect.arrayContaining(hosts));
  expect(hosts.filter((host) => isIP(host) === 0 || /^(127\.|::1$|169\.254\.|fe80:)/i.test(host))).toEqual([]);
});
