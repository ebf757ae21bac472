import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createWebSocketReceiver } from "@statelyai/inspect";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { ConnectionObservation, ConnectionObserved } from "../../protocol/connection_observation.ts";
import { eventually } from "../kit/eventually.ts";
import { type NatsServer, startNatsServer } from "../kit/nats_server.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

// What watchers of real nodes see of real clients, by the receiver of those who made the shapes.

const secret = "a-secret-of-the-cluster-for-tests-only";
const adminToken = "an-admin-token-for-tests";
let nats: NatsServer;
let nodes: readonly [RunningNode, RunningNode];

beforeAll(async () => {
  nats = await startNatsServer();
  const start = (name: string, flags: readonly string[]) =>
    startNode({
      flags: [
        "--nats",
        nats.url,
        "--secret",
        secret,
        "--auth",
        "open",
        "--host",
        "127.0.0.1",
        "--node-id",
        name,
        ...flags,
      ],
    });
  nodes = await Promise.all([start("n1", []), start("n2", ["--admin-token", adminToken])]);
});

afterAll(async () => {
  await Promise.all(nodes?.map((node) => node.stop()) ?? []);
  await nats?.kill();
});

type Message = Parameters<
  Extract<Parameters<ReturnType<typeof createWebSocketReceiver>["subscribe"]>[0], (value: never) => void>
>[0];

/** With a channel, and no candidates. */
const sdp = [
  "v=0",
  "o=- 1 1 IN IP4 0.0.0.0",
  "s=-",
  "t=0 0",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=mid:0",
  "a=ice-ufrag:seenfragment",
  "a=ice-pwd:secretpasswordsecretpassword",
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
  "a=setup:actpass",
  "a=sctp-port:5000",
  "",
].join("\r\n");

/** Everything that a receiver got. */
function watch(node: RunningNode, query = "") {
  const seen: (Message & { readonly node?: string; readonly kind?: string })[] = [];
  createWebSocketReceiver({ server: `${node.url.replace("http", "ws")}/inspect${query}` }).subscribe((message) =>
    seen.push(message),
  );
  const sees = (what: string, fits: (message: (typeof seen)[number]) => boolean) =>
    eventually(() => seen.find(fits), {
      what,
      describe: () => seen.map(({ type, sessionId }) => `${type} ${sessionId}`),
    });
  return { seen, sees };
}

async function join(node: RunningNode, room: string, name: string) {
  const socket = await openSignallingSocket(node.wsUrl);
  onTestFinished(() => socket.close());
  socket.send({ type: "join", room, name });
  const joined = (await socket.next("joined")) as unknown as { readonly peer: string; readonly resume: string };
  return { socket, ...joined };
}

test("[IN10, IN14] the receiver of @statelyai/inspect shows the clients of both nodes, with their machines and what they were told", async () => {
  const ada = await join(nodes[0], "atrium", "Ada");
  const { seen, sees } = watch(nodes[0], "?room=atrium");
  const session = `n1/session:${ada.peer}`;
  const actor = await sees("Ada's session", ({ type, sessionId }) => type === "@xstate.actor" && sessionId === session);
  const { definition } = actor as Extract<Message, { type: "@xstate.actor" }>;
  expect(JSON.parse(definition ?? "{}")).toMatchObject({ id: "session", states: {} });
  const bob = await join(nodes[1], "atrium", "Bob");
  await sees("Bob's session on the other node", ({ sessionId }) => sessionId === `n2/session:${bob.peer}`);
  await sees("the room of the other node", ({ sessionId }) => sessionId === "n2/room:atrium");
  await sees(
    "Ada to be told of Bob",
    (message) => message.type === "@xstate.event" && JSON.stringify(message.event).includes('"peer-joined"'),
  );
  const states = seen.flatMap((message) =>
    message.type === "@xstate.snapshot" && message.sessionId === session ? [message.snapshot] : [],
  );
  expect(JSON.stringify(states)).toContain("joined");
  const text = JSON.stringify(seen);
  for (const token of [ada.resume, bob.resume]) expect(text).not.toContain(token);
});

test("[IN11] a watcher of a peer sees its peer connection with the descriptions, and nobody else's", async () => {
  const [ada, bob] = [await join(nodes[0], "cellar", "Ada"), await join(nodes[0], "cellar", "Bob")];
  const { seen, sees } = watch(nodes[0], `?peer=${ada.peer}`);
  ada.socket.send({ type: "offer", sdp });
  await ada.socket.next("answer");
  await sees("the negotiation", ({ sessionId }) => sessionId === `n1/session:${ada.peer}/${ada.peer}-1/negotiation`);
  await sees(
    "the answer",
    (message) => message.type === "@xstate.event" && JSON.stringify(message.event).includes('"answer"'),
  );
  const text = JSON.stringify(seen);
  expect(text).toContain("seenfragment");
  expect(text).not.toContain("secretpassword");
  expect(text).not.toContain(`session:${bob.peer}`);
});

const hostCandidate = /^a=candidate:\S+ \d+ udp \d+ (\S+) \d+ typ host/m;

/** Waits for what is observed of a connection, as a watcher gets it. */
function observationsOf(seen: readonly Message[]) {
  const last = () => lastObservation(seen);
  return (what: string, probe: (observation: ConnectionObservation) => boolean) =>
    eventually(
      () => {
        const observation = last();
        return observation !== undefined && probe(observation) && observation;
      },
      { what, describe: () => last() ?? seen.length },
    );
}

function lastObservation(seen: readonly Message[]): ConnectionObservation | undefined {
  return seen
    .flatMap((message) => (message.type === "@xstate.event" ? [message.event as Partial<ConnectionObserved>] : []))
    .findLast(({ type }) => type === "connection.observed")?.observation;
}

test("[IN20, IN23] a watcher of a client sees which pair its connection takes and its round-trip time, and its track grow", async () => {
  const client = await openWeriftClient(nodes[0].wsUrl);
  onTestFinished(() => client.close());
  client.socket.send({ type: "join", room: "attic", name: "Ada" });
  const { peer } = (await client.socket.next("joined")) as unknown as { readonly peer: string };
  // From the other node.
  const { seen, sees } = watch(nodes[1], `?peer=${peer}&access_token=${adminToken}`);
  const observes = observationsOf(seen);
  const track = client.addTrack("video");
  await client.negotiate();
  const [, address = ""] = hostCandidate.exec(client.pc.localDescription?.sdp ?? "") ?? [];
  const { pairs } = await observes("the selected pair", ({ pairs }) => pairs[0]?.isSelected === true);
  expect(pairs[0]).toMatchObject({ state: "succeeded", local: { type: "host" }, remote: { address } });
  expect(pairs[0]?.roundTripTimeMs).toBeGreaterThan(0);
  const count = ({ tracks }: ConnectionObservation) =>
    tracks.find(({ direction }) => direction === "received")?.packets ?? 0;
  for (const least of [1, 20]) {
    await observes(`${least} packets`, (observation) => {
      track.writeFrame();
      return count(observation) >= least;
    });
  }
  const { sessionId } = await sees(
    "it as an event",
    (message) => message.type === "@xstate.event" && message.event.type === "connection.observed",
  );
  expect(sessionId).toBe(`n1/session:${peer}/${peer}-1/connectivity`);
});

test("[IN20, IN23] a watcher of a client that nothing gets through to sees which pair was tried and failed", async () => {
  const ada = await join(nodes[0], "well", "Ada");
  const observes = observationsOf(watch(nodes[0], "?room=well").seen);
  ada.socket.send({ type: "offer", sdp });
  const answer = (await ada.socket.next("answer")) as unknown as { readonly sdp: string };
  const [, address = ""] = hostCandidate.exec(answer.sdp) ?? [];
  const wall = createSocket("udp4");
  onTestFinished(() => {
    wall.close();
  });
  wall.bind(0, address);
  await once(wall, "listening");
  const { port } = wall.address();
  const candidate = `candidate:1 1 udp 1 ${address} ${port} typ host`;
  ada.socket.send({ type: "candidate", candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 } });
  const { pairs } = await observes("the blocked pair", ({ pairs }) => pairs[0]?.state === "failed");
  expect(pairs[0]).toMatchObject({ isSelected: false, remote: { address, port } });
  expect(pairs[0]).not.toHaveProperty("roundTripTimeMs");
});

/** The status that a handshake is refused with. */
async function refusal(node: RunningNode, headers: Readonly<Record<string, string>> = {}, query = "") {
  const answer = await fetch(`${node.url}/inspect${query}`, { headers });
  return { status: answer.status, body: (await answer.json()) as { readonly error: { readonly code: string } } };
}

test("[IN15] a stranger is refused with words, and logged; who has the token watches", async () => {
  expect(await refusal(nodes[0], { "x-forwarded-for": "192.0.2.1" })).toMatchObject({
    status: 403,
    body: { error: { code: "forbidden" } },
  });
  expect(await refusal(nodes[1])).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
  await nodes[1].log.next((line) => line["event"] === "watcher refused", { what: "the refusal in the log" });
  expect(await refusal(nodes[1], { authorization: `Bearer ${adminToken}` })).toMatchObject({ status: 426 });
  const { sees } = watch(nodes[1], `?node=n2&access_token=${adminToken}`);
  await sees("the node itself", ({ sessionId }) => sessionId === "n2/node");
});
