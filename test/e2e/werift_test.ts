import { expect } from "vitest";
import type { RtcpReceiverInfo } from "werift";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { openWeriftClient, type WeriftClient, type WeriftClientOptions } from "../kit/werift_client.ts";

const test = e2e.extend("open", async ({ node }, { onCleanup }) => {
  const clients: WeriftClient[] = [];
  onCleanup(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });
  return async (options: WeriftClientOptions = {}) => {
    const client = await openWeriftClient(node.wsUrl, options);
    clients.push(client);
    return client;
  };
});

test("[E2E40] a werift client gets text and binary messages back", async ({ open }) => {
  const client = await open();
  const channel = await client.openChannel("chat");
  expect(await channel.echo("Grüße 🚂")).toBe("Grüße 🚂");
  expect(await channel.echo(Buffer.from([0, 1, 2, 255]))).toEqual(Buffer.from([0, 1, 2, 255]));
});

test("[E2E41] a werift client that does not trickle connects", async ({ open }) => {
  const client = await open({ isTrickling: false });
  const channel = await client.openChannel("chat");
  expect(await channel.echo("hello")).toBe("hello");
});

for (const kind of ["audio", "video"] as const) {
  test(`[E2E42] ${kind} packets come back in order and with their payload unchanged`, async ({ open }) => {
    const client = await open();
    const track = client.addTrack(kind);
    await client.negotiate();
    await client.connectionState("connected");
    await track.sendUntilReturned(50);
    const [first = 0] = track.returned;
    expect(track.returned).toEqual(track.returned.map((_, index) => first + index));
    const numbers = track.returnedPackets.map((packet) => packet.header.sequenceNumber);
    expect(numbers).toEqual(numbers.map((_, index) => ((numbers[0] ?? 0) + index) & 0xffff));
  });
}

test("[E2E44] twenty clients at once get their own messages and nobody else's", async ({ open }) => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
  const echoes = clients.map(async (client, index) => {
    const channel = await client.openChannel("chat");
    return await channel.echo(`client ${index}`);
  });
  expect(await Promise.all(echoes)).toEqual(clients.map((_, index) => `client ${index}`));
});

test("[E2E45] receiver reports go on when the RTP timestamps of a stream jump", async ({ open }) => {
  const client = await open();
  const track = client.addTrack("video");
  await client.negotiate();
  await client.connectionState("connected");
  await track.sendUntilReturned(10);
  const sentBefore = track.sent;
  track.jumpTimestamps(3_000_000_000); // More than half of the range: it may also be a step back.
  const isSoonAfter = ({ highestSequence }: RtcpReceiverInfo) =>
    highestSequence > sentBefore && highestSequence <= sentBefore + 60;
  // A report comes every 0.5 to 1.5 s, 15 to 45 frames.
  await Promise.all([
    track.reports.next(isSoonAfter, { what: "a report soon after the jump" }),
    track.sendUntilReturned(100),
  ]);
});

test("[E2E46] a keyframe request for what comes back goes on to whom it comes from", async ({ open }) => {
  const client = await open();
  const track = client.addTrack("video");
  await client.negotiate();
  await client.connectionState("connected");
  await track.sendUntilReturned(10);
  const requests = track.keyframeRequests;
  await track.requestKeyframe();
  await eventually(() => track.keyframeRequests > requests, { what: "the request to arrive", timeoutMs: 5_000 });
});
