import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { RTCPeerConnection } from "werift";
import type { IceServer } from "../../../protocol/ice_server.ts";
import { TurnRestServers } from "../../../transport/ice/turn_rest_servers.ts";
import { startTurnServer } from "../../kit/turn_server.ts";

const hourMs = 3_600_000;
const startMs = 1_700_000_000_500;

const servers = (options: Partial<ConstructorParameters<typeof TurnRestServers>[0]> = {}) =>
  new TurnRestServers({ urls: ["turn:a"], secrets: ["north"], ttlMs: hourMs, now: Date.now, ...options });

/** The candidates that a client with nothing but a relay gathers. */
async function gather(iceServers: readonly IceServer[]): Promise<string[]> {
  const [{ urls, username = "", credential = "" } = { urls: [] }] = iceServers;
  const server = { urls: [urls].flat()[0] ?? "", username, credential };
  const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: "relay" });
  onTestFinished(() => pc.close());
  pc.createDataChannel("chat");
  await pc.setLocalDescription(await pc.createOffer());
  return [...(pc.localDescription?.sdp ?? "").matchAll(/ typ (\w+)/g)].map(([, type]) => type ?? "");
}

test("[IS5] the username is the second of its end and the peer, the credential is signed with the first secret", () => {
  const { iceServers, expiresAtMs } = servers({ now: () => startMs, secrets: ["north", "south"] }).issue("ann-1");
  const username = "1700003600:ann-1";
  const credential = createHmac("sha1", "north").update(username).digest("base64");
  expect(iceServers).toEqual([{ urls: ["turn:a"], username, credential }]);
  expect(expiresAtMs).toBe(1_700_003_600_000);
});

test("[IS6] coturn takes the credential of each of its secrets", async () => {
  const { url } = await startTurnServer({ secrets: ["north", "south"] });
  for (const secret of ["north", "south"]) {
    expect(await gather(servers({ urls: [url], secrets: [secret] }).issue("ann").iceServers)).toEqual(["relay"]);
  }
});

test("[IS7] coturn refuses a credential of another secret, of another user, and one that has expired", async () => {
  const { url, log } = await startTurnServer({ secrets: ["north"] });
  const secondsAgo = () => Date.now() - hourMs - 1_000;
  const [ann] = servers({ urls: [url] }).issue("ann").iceServers;
  const [bob] = servers({ urls: [url] }).issue("bob").iceServers;
  const gathered = await Promise.all(
    [
      servers({ urls: [url], secrets: ["south"] }).issue("ann").iceServers,
      [{ urls: url, username: bob?.username ?? "", credential: ann?.credential ?? "" }],
      servers({ urls: [url], now: secondsAgo }).issue("ann").iceServers,
      servers({ urls: [url] }).issue("ann").iceServers,
    ].map(gather),
  );
  expect(gathered).toEqual([[], [], [], ["relay"]]);
  expect(log.seen.some((line) => line.includes("error 401"))).toBe(true);
});
