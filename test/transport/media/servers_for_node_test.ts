import { expect, test } from "vitest";
import { type ServersForNodeOptions, serversForNode } from "../../../transport/media/servers_for_node.ts";

const servers = [
  { urls: ["stun:a", "turn:a", "TURNS:a"], username: "u", credential: "c" },
  { urls: "stun:b" },
] as const;

function hasRelay(options: Partial<ServersForNodeOptions>): boolean {
  const chosen = serversForNode(
    servers.map((server) => ({ ...server, urls: [server.urls].flat() })),
    { relayCandidates: "auto", announceIps: [], hosts: ["10.0.0.7"], ...options },
  );
  expect(chosen.map(({ urls }) => String(urls)).filter((url) => url.startsWith("stun"))).toEqual(["stun:a", "stun:b"]);
  return chosen.some(
    ({ urls, username, credential }) => /^turns?:/i.test(String(urls)) && username === "u" && credential === "c",
  );
}

test("[RLY13] a node asks TURN servers for itself where it has no public IPv4 address, unless it is told otherwise", () => {
  for (const hosts of [["10.0.0.7"], ["172.16.3.4", "fd00::7"], ["100.64.0.7"], [], ["192.168.1.1", "2a00:1450::7"]]) {
    expect(hasRelay({ hosts })).toBe(true);
    expect(hasRelay({ hosts, relayCandidates: "off" })).toBe(false);
  }
  for (const hosts of [["8.8.8.8"], ["10.0.0.7", "8.8.8.8"]]) {
    expect(hasRelay({ hosts })).toBe(false);
    expect(hasRelay({ hosts, relayCandidates: "on" })).toBe(true);
  }
  expect(hasRelay({ announceIps: ["203.0.113.7"] })).toBe(false);
  expect(hasRelay({ announceIps: ["2001:db8::7"] })).toBe(true);
});
