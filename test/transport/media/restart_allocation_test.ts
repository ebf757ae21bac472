import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { makeOffer, openEngines } from "./open_engine.ts";
import { startStunResponder } from "./stun_responder.ts";

const login = { username: "ann", password: "her-password" };

/** A TURN server whose answers come when the test says so; `clients` are the sockets that asked. */
async function startSlowServer() {
  const { port } = await startStunResponder(login);
  const near = createSocket("udp4").bind(0, "127.0.0.1");
  await once(near, "listening");
  const clients = new Map<number, Socket>();
  const held: (() => void)[] = [];
  let isHeld = true;
  near.on("message", (request, from) => {
    let far = clients.get(from.port);
    if (far === undefined) {
      far = createSocket("udp4").on("message", (answer) => {
        const pass = () => near.send(answer, from.port, from.address);
        if (isHeld) held.push(pass);
        else pass();
      });
      clients.set(from.port, far);
    }
    far.send(request, port, "127.0.0.1");
  });
  onTestFinished(() => {
    near.close();
    for (const far of clients.values()) far.close();
  });
  const release = (): void => {
    isHeld = false;
    for (const pass of held.splice(0)) pass();
  };
  return { url: `turn:127.0.0.1:${near.address().port}?transport=udp`, clients, release };
}

test("[HRD6] restarts while a TURN server is slow wait for the one relay, which the last of them gets", async () => {
  const server = await startSlowServer();
  const iceServers = new StaticServers([{ urls: server.url, username: login.username, credential: login.password }]);
  const { engine, events, answer } = (await openEngines({ iceServers, relayCandidates: "on" })).create();
  await answer(await makeOffer());
  let sdp = "";
  for (let restarts = 0; restarts < 10; restarts += 1) {
    ({ sdp } = await engine.createLocalDescription("offer", { isIceRestart: true }));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  server.release();
  const relayed = await events.next(
    (event) => event.type === "candidate.gathered" && event.candidate?.candidate.includes(" typ relay") === true,
  );
  const fragment = /^a=ice-ufrag:(.*?)\r?$/m.exec(sdp)?.[1] ?? "none";
  expect(JSON.stringify(relayed)).toContain(fragment);
  expect(server.clients.size).toBe(1);
});
