import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { handles, waitForHandles } from "../../kit/handles.ts";
import { startTurnServer } from "../../kit/turn_server.ts";
import { makeOffer, openEngines } from "./open_engine.ts";

const login = { username: "ann", credential: "her-password" };

/** Takes everything and answers nothing, over UDP and over TCP. */
async function openSilentServer() {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket.on("error", () => undefined).resume());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = createSocket("udp4").bind(port, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => {
    for (const each of accepted) each.destroy();
    server.close();
    socket.close();
  });
  return { accepted, url: `turn:127.0.0.1:${port}` };
}

test("[RLY8] a connection that is closed while TURN servers are tried leaves no socket behind", async () => {
  const silent = await openSilentServer();
  const refusing = await startTurnServer({ users: { ann: "another-password" } });
  const iceServers = new StaticServers([
    { urls: [refusing.url, refusing.tcpUrl], ...login },
    { urls: [silent.url, `${silent.url}?transport=tcp`], ...login },
  ]);
  const { create } = await openEngines({ iceServers, relayCandidates: "on" });
  const offer = await makeOffer();
  const before = handles();
  const peers = Array.from({ length: 10 }, create);
  await Promise.all(peers.map(({ answer }) => answer(offer)));
  for (const { events } of peers) {
    await events.next((event) => event.type === "candidate.gathered" || event.type === "gathering.changed");
  }
  expect(handles().udpSockets).toBeGreaterThan(before.udpSockets);
  await Promise.all(peers.map(({ engine }) => engine.close()));
  // The server's ends are of this process, too, and end with the clients'.
  await waitForHandles(process.pid, { udpSockets: before.udpSockets, tcpSockets: before.tcpSockets }, 5_000);
});
