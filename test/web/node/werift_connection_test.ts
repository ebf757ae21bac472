import { expect, onTestFinished, test } from "vitest";
import type * as werift from "werift";
import { WeriftConnection } from "../../../web/node/werift_connection.ts";
import { eventually } from "../../kit/eventually.ts";

/** A description without the addresses in it: nothing can connect by it. */
const withoutCandidates = ({ type, sdp }: werift.RTCSessionDescription) => ({
  type,
  sdp: sdp.replaceAll(/^a=(candidate:.*|end-of-candidates)\r\n/gm, ""),
});

function connect() {
  const [client, server] = [new WeriftConnection({}), new WeriftConnection({})];
  onTestFinished(async () => void (await Promise.all([client.close(), server.close()])));
  const states: string[] = [];
  client.connectionStateChange.subscribe((state) => states.push(state));
  const described = ({ localDescription }: WeriftConnection) => localDescription as werift.RTCSessionDescription;
  return {
    client,
    server,
    states,
    offer: () => client.setLocalDescription(),
    /** Has the offer answered; nobody hears of an address. */
    answer: async () => {
      await server.setRemoteDescription(withoutCandidates(described(client)));
      await server.setLocalDescription();
      await client.setRemoteDescription(withoutCandidates(described(server)));
    },
    /** Tells each side the addresses of the other. */
    exchangeCandidates: async () => {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        const lines = described(from).sdp.match(/candidate:.*/g) ?? [];
        for (const candidate of lines) await to.addIceCandidate({ candidate, sdpMLineIndex: 0 });
      }
    },
  };
}

test("[CL52] a section that is added before the first answer shares the transport of the others", async () => {
  const { client, states, offer, answer, exchangeCandidates } = connect();
  client.addTransceiver("audio", { direction: "recvonly" });
  await offer();
  const channel = client.createDataChannel("chat");
  await answer();
  await exchangeCandidates();
  await offer();
  await answer();
  expect(client.dtlsTransports).toHaveLength(1);
  await eventually(() => channel.readyState === "open", { what: "the channel to open" });
  expect(states).not.toContain("failed");
});

test("[CL52] an answer that comes while it connects does not end the connection", async () => {
  const { client, states, offer, answer, exchangeCandidates } = connect();
  client.addTransceiver("audio", { direction: "recvonly" });
  await offer();
  await answer();
  await eventually(() => client.iceConnectionState === "checking", { what: "the checks to begin" });
  const channel = client.createDataChannel("chat");
  await offer();
  await answer();
  await exchangeCandidates();
  await eventually(() => channel.readyState === "open", { what: "the channel to open" });
  await eventually(() => client.connectionState === "connected", { what: "the connection" });
  expect(states).not.toContain("failed");
});
