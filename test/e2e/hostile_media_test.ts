import { expect } from "vitest";
import { type Extension, type RTCRtpTransceiver, RtpHeader, useSdesMid, useSdesRTPStreamId } from "werift";
import { e2e } from "../kit/e2e.ts";
import { openWeriftClient, type WeriftClient } from "../kit/werift_client.ts";

/** A connected client that sends RTP packets of its own making in a video section. */
const test = e2e.extend("sender", async ({ node }, { onCleanup }) => {
  const client = await openWeriftClient(node.wsUrl, {
    config: { headerExtensions: { video: [useSdesMid(), useSdesRTPStreamId()] } },
  });
  onCleanup(() => client.close());
  const transceiver = client.pc.addTransceiver("video", { direction: "sendrecv" });
  await client.negotiate();
  await client.connectionState("connected");
  return { client, transceiver };
});

test("[E2E120] a layer's name that is a word of the language disturbs nobody", async ({ node, sender }) => {
  const { client, transceiver } = sender;
  const id = transceiver.headerExtensions.find(({ uri }) => uri.endsWith(":rtp-stream-id"))?.id ?? 0;
  for (const rid of ["__proto__", "constructor", "toString"]) {
    await send(client, { ssrc: 12_345, sequenceNumber: 1, extensions: [{ id, payload: Buffer.from(rid) }] });
  }
  await expectOthersServed(node.wsUrl);
});

test("[E2E121] sequence numbers that jump about cost the node little", async ({ node, sender }) => {
  const { client, transceiver } = sender;
  const { ssrc } = (transceiver as RTCRtpTransceiver).sender;
  for (let index = 0; index < 3_000; index += 1) {
    await send(client, { ssrc, sequenceNumber: index % 2 === 0 ? 65_534 : 1, extensions: [] });
  }
  await expectOthersServed(node.wsUrl);
});

interface Packet {
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly extensions: Extension[];
}

async function send(client: WeriftClient, packet: Packet): Promise<void> {
  const extension = packet.extensions.length > 0;
  const header = new RtpHeader({ ...packet, payloadType: 96, timestamp: 1, extension, extensionProfile: 0xbede });
  await client.pc.dtlsTransports[0]?.sendRtp(Buffer.from("nothing"), header);
}

/** Somebody else is served as ever; the fixture's bounds say how long that may take. */
async function expectOthersServed(wsUrl: string): Promise<void> {
  const other = await openWeriftClient(wsUrl);
  try {
    const channel = await other.openChannel("chat");
    expect(await channel.echo("hello")).toBe("hello");
  } finally {
    await other.close();
  }
}
