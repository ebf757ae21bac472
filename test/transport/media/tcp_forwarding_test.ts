import type { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { AcceptingAgent } from "werift";
import type { RemoteTrack } from "../../../actors/application.ts";
import { openTcpPort } from "../../../transport/media/open_tcp_port.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { openEngines } from "./open_engine.ts";

/** What may wait for a connection (patch 308), and the longest packet on it. */
const maxWaitingBytes = 262_144 + 65_537;

/** The port, which tells the connections that it hands over. */
async function openWatchedPort() {
  const port = await openTcpPort();
  onTestFinished(() => port.close());
  const sockets: Socket[] = [];
  const register = (agent: AcceptingAgent) =>
    port.register({
      ...agent,
      accept(socket) {
        sockets.push(socket);
        agent.accept(socket);
      },
    });
  return { sockets, acceptor: { port: port.port, register } };
}

const withoutUdp = (sdp: string) => sdp.replaceAll(/^a=candidate:\S+ \d+ udp .*\r\n/gim, "");

test("[TCP33] video goes to a client by TCP; while it reads nothing packets are lost, and later ones come when it reads", async () => {
  const { acceptor, sockets } = await openWatchedPort();
  const engines = await openEngines({ tcpPort: acceptor });
  const [from, to] = [engines.create(), engines.create()];
  const publisher = connectClient(from);
  const track = publisher.addTrack("video");
  await publisher.offer();
  const overTcp = { ...to, answer: async (sdp: string) => withoutUdp(await to.answer(withoutUdp(sdp))) };
  const subscriber = connectClient(overTcp, { iceUseTcp: true, iceTcpPassive: false });
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const source = (await from.tracks.next()) as RemoteTrack;
  to.engine.addTrack(source, { section: "own" });
  subscriber.pc.onTrack.subscribe((remote) => track.collect(remote));
  await subscriber.answer();
  await track.sendUntilReturned(30);
  const selected = to.engine.observe().pairs.find(({ isSelected }) => isSelected);
  expect(selected).toMatchObject({ local: { protocol: "tcp" }, remote: { protocol: "tcp" } });

  const socket = sockets.find(({ destroyed }) => !destroyed) as Socket;
  const ends = subscriber.pc.iceTransports.flatMap(({ connection }) => connection.nominated?.protocol ?? []);
  const [end] = [...((ends[0] as unknown as { sockets: Map<string, { socket: Socket }> }).sockets.values() ?? [])];
  end?.socket.pause();
  // More than the buffers of the system hold, and what may wait.
  await eventually(
    async () => {
      for (let count = 0; count < 40; count += 1) track.writeFrame(1_100);
      await new Promise(setImmediate);
      expect(socket.writableLength).toBeLessThan(maxWaitingBytes);
      return socket.writableLength > 200_000;
    },
    { what: "the connection to be full", intervalMs: 1, timeoutMs: 60_000, describe: () => socket.writableLength },
  );
  for (let count = 0; count < 2_000; count += 1) {
    track.writeFrame(1_100);
    if (count % 40 === 0) await new Promise(setImmediate);
    expect(socket.writableLength).toBeLessThan(maxWaitingBytes);
  }
  const isDrained = () => socket.writableLength === 0;
  end?.socket.resume();
  await eventually(isDrained, { what: "all that waits to be read", timeoutMs: 60_000 });
  expect(track.returned.length).toBeLessThan(track.sent);
  const before = track.sent;
  const isThere = () => {
    track.writeFrame();
    return track.returned.some((number) => number >= before);
  };
  await eventually(isThere, { what: "a frame of after that" });
}, 60_000);
