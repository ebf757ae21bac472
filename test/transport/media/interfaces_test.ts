import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { WeriftEngineFactory } from "../../../transport/media/werift_engine_factory.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { candidatesOf, defaultOptions, fieldsOf, makeOffer, openEngines } from "./open_engine.ts";

test("[PTH13] candidates are of the interfaces that are named, and of no other", async () => {
  const opened = (await openEngines({ interfaces: ["lo"], udpPorts: { min: 47_000, max: 47_009 } })).create();
  const candidates = candidatesOf(await opened.answer(await makeOffer()));
  expect(new Set(fieldsOf(candidates, 4))).toEqual(new Set(["::1", "127.0.0.1"]));
  const priorities = candidates.map((line) => line.split(" ")[3]);
  expect(new Set(priorities).size).toBe(candidates.length);
});

test("[PTH13] a socket of an interface that is named hears nothing that comes to another address", async () => {
  const opened = (await openEngines({ interfaces: ["127.0.0.1"] })).create();
  const [candidate] = candidatesOf(await opened.answer(await makeOffer())).filter((line) => line.includes(" udp "));
  const port = Number(candidate?.split(" ")[5]);
  // The system lets nobody else have a port of one that hears at every address.
  const bind = (address: string) => once(createSocket("udp4").bind(port, address).unref(), "listening");
  await bind("127.0.0.2");
  await expect(bind("127.0.0.1")).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("[PTH14] an interface that the machine does not have ends the start in words that name those that it has", async () => {
  const start = WeriftEngineFactory.create({ ...defaultOptions, interfaces: ["lo", "nowhere0"] });
  await expect(start).rejects.toMatchObject({
    code: "bad-config",
    message: expect.stringMatching(/^Cannot use --interfaces "nowhere0": .*\blo \(127\.0\.0\.1/),
  });
});

test("[PTH16] a client that has IPv6 alone gets its messages and its media back", async () => {
  const opened = (await openEngines({ interfaces: ["::1"] })).create();
  const client = connectClient(opened, { iceUseIpv4: false, iceAdditionalHostAddresses: ["::1"] });
  const channel = client.pc.createDataChannel("talk");
  const track = client.addTrack("audio");
  await client.offer();
  const theirs = await opened.channels.next();
  theirs.onmessage = (data) => theirs.send(data);
  await eventually(() => channel.readyState === "open", { what: "the channel to be open" });
  const echo = new Promise((resolve) => channel.onMessage.subscribe(resolve));
  channel.send("hello");
  expect(await echo).toBe("hello");
  opened.engine.addTrack(await opened.tracks.next());
  await client.answer();
  // More than it takes to have a socket of its own.
  await track.sendUntilReturned(100);
  const [selected] = opened.engine.observe().pairs;
  expect(selected).toMatchObject({ isSelected: true, local: { address: "::1" }, remote: { address: "::1" } });
});

/** A machine of its own whose only interface is called as werift would leave it out. */
const network =
  "ip link set lo up && ip link add veth0 type veth peer name veth1 && ip link set veth0 up && ip link set veth1 up";
const canMakeNetworks = spawnSync("unshare", ["--net", "sh", "-c", network]).status === 0;

const program = `
import { RTCPeerConnection } from "werift";
import { WeriftEngineFactory } from "./transport/media/werift_engine_factory.ts";
const client = new RTCPeerConnection({ iceServers: [] });
client.createDataChannel("chat");
const { sdp } = await client.createOffer();
const options = ${JSON.stringify({ ...defaultOptions, iceServers: undefined })};
const iceServers = { issue: () => ({ iceServers: [] }) };
const factory = await WeriftEngineFactory.create({ ...options, iceServers });
const engine = factory.create({ peerId: "peer", report: () => undefined, media: {} });
await engine.applyRemoteDescription({ type: "offer", sdp });
const answer = await engine.createLocalDescription("answer", { isIceRestart: false });
const addresses = [...answer.sdp.matchAll(/^a=candidate:\\S+ 1 udp \\d+ (\\S+)/gm)].map(([, address]) => address);
process.stdout.write(addresses.join(), () => process.exit(0));
`;

test.skipIf(!canMakeNetworks)("[PTH15] an interface of any name is taken, as of containers", () => {
  const shell = `${network} && ip addr add 198.51.100.7/24 dev veth0 && exec "$0" --input-type=module --eval "$1"`;
  const { stdout, stderr } = spawnSync("unshare", ["--net", "sh", "-c", shell, process.execPath, program], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    encoding: "utf8",
    timeout: 12_000,
  });
  expect({ stdout, stderr }).toEqual({ stdout: "198.51.100.7", stderr: "" });
});
