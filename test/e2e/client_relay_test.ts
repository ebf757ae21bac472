import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { startAiortcClient } from "../kit/aiortc.ts";
import { launchChromium } from "../kit/chromium.ts";
import { clientTest as test } from "../kit/client_e2e.ts";
import { startTurnServer } from "../kit/turn_server.ts";

const ways = [
  ["UDP", "url"],
  ["TCP", "tcpUrl"],
  ["TLS", "tlsUrl"],
] as const;
const users = { UDP: "over-udp", TCP: "over-tcp", TLS: "over-tls" };

test("[RLY14] Chromium has a call over coturn alone: one by UDP, one by TCP, one by TLS", async ({
  enter,
  onTestFinished,
}) => {
  const turn = await startTurnServer({ users, hasTls: true });
  const browser = await launchChromium({ trustedCertificate: readFileSync(turn.certificateFile, "utf8") });
  onTestFinished(() => browser.close());
  const relayed = (name: keyof typeof users, urls: string) => ({
    browser,
    sends: ["camera" as const],
    room: {
      rtcConfiguration: {
        iceTransportPolicy: "relay",
        iceServers: [{ urls, username: name, credential: users[name] }],
      },
    },
  });
  const guests = [];
  for (const [name, way] of ways) guests.push(await enter(relayed(name, turn[way])));
  for (const guest of guests) {
    for (const other of guests) if (other !== guest) await guest.sees(other);
  }
  for (const name of Object.keys(users)) {
    const bound = `user <${name}>: incoming packet CHANNEL_BIND processed, success`;
    expect(turn.log.seen.some((line) => line.includes(bound))).toBe(true);
  }
});

for (const [name, way] of ways) {
  test(`[RLY15] aiortc sends and gets data and video over coturn alone, by ${name}`, async ({
    node,
    onTestFinished,
  }) => {
    const turn = await startTurnServer({ users, hasTls: way === "tlsUrl" });
    const client = await startAiortcClient(node.wsUrl, {
      channels: ["chat"],
      video: true,
      relays: [
        {
          urls: way === "tlsUrl" ? `${turn.tlsUrl}?transport=tcp` : turn[way],
          username: name,
          credential: users[name],
        },
      ],
      env: { SSL_CERT_FILE: turn.certificateFile },
    });
    onTestFinished(() => client.close());
    await client.next("open", { channel: "chat" });
    client.command("sendText", { channel: "chat", text: "hello" });
    await client.next("message", { channel: "chat", text: "hello" });
    await client.next("video", { frames: 10 });
    const bound = `user <${name}>: incoming packet CHANNEL_BIND processed, success`;
    expect(turn.log.seen.some((line) => line.includes(bound))).toBe(true);
  });
}
