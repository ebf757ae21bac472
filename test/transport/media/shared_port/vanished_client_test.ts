import { release } from "node:os";
import { expect, test } from "vitest";
import type { RTCPeerConnection } from "werift";
import { isHashed } from "../../../../transport/media/shared_port/open_shared_port.ts";
import { eventually } from "../../../kit/eventually.ts";
import { freeUdpPort } from "../../../kit/free_udp_port.ts";
import { udpPortsOf } from "../../../kit/udp_ports_of.ts";
import { connectClient } from "../connect_client.ts";
import { openEngines } from "../open_engine.ts";

interface WithSockets {
  readonly protocols: readonly { readonly transport: { closed: boolean; readonly socket: { close(): void } } }[];
}

/** Ends the sockets of a client, as a machine that lost its power does: nothing is said, and nothing answered. */
function vanish(pc: RTCPeerConnection): void {
  for (const { connection } of pc.iceTransports) {
    for (const { transport } of (connection as never as WithSockets).protocols) {
      transport.closed = true;
      transport.socket.close();
    }
  }
}

const rule =
  "[OP6] who comes behind the address and port of a client that vanished is connected, and the other one falls silent: %o";

test.each([{ isIceLite: false }, { isIceLite: true }])(rule, async ({ isIceLite }) => {
  const port = await freeUdpPort();
  // An ICE-lite node checks nobody: it misses the checks of the old client for half of that, longer than any that is there takes for one.
  const timeouts = { silenceTimeoutMs: 2_000, ...(isIceLite ? { consentTimeoutMs: 14_000 } : {}) };
  const { create } = await openEngines({ udpPorts: { min: port, max: port }, isIceLite, ...timeouts });
  const clientPort = await freeUdpPort();
  const config = { icePortRange: [clientPort, clientPort + 1] as [number, number], iceUseIpv6: false };
  const own = () => udpPortsOf(process.pid).filter((each) => each === port).length;
  const before = own();

  const old = create();
  const oldClient = connectClient(old, config);
  const track = oldClient.addTrack("video");
  await oldClient.offer();
  for (let frame = 0; frame < 70; frame += 1) track.writeFrame();
  await eventually(() => own() === before + (isHashed(release()) ? 1 : 0), { what: "a socket of its own" });
  vanish(oldClient.pc);

  const young = create();
  const youngClient = connectClient(young, config);
  const channel = youngClient.pc.createDataChannel("chat");
  const youngTrack = youngClient.addTrack("video");
  await youngClient.offer();
  expect(youngClient.pc.iceTransports[0]?.connection.nominated?.localCandidate.port).toBe(clientPort);
  await eventually(() => channel.readyState === "open", { what: "the channel" });
  const timer = setInterval(() => youngTrack.writeFrame(), 33);
  try {
    await old.events.next(({ type }) => type === "transport.silent", { what: "the old client's silence" });
  } finally {
    clearInterval(timer);
  }
  expect(young.events.seen.some(({ type }) => type === "transport.silent")).toBe(false);
  // In a second and more of video.
  const [received] = young.engine.observe().tracks.filter(({ direction }) => direction === "received");
  expect(received?.packets).toBeGreaterThan(40);
});
