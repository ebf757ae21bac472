import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { classes, Message, methods } from "werift";
import { datagramCalls } from "../../../../transport/media/datagram_calls.ts";
import { DroppedDatagrams } from "../../../../transport/media/shared_port/dropped_datagrams.ts";
import { SharedUdpPort, type SharedUdpPortOptions } from "../../../../transport/media/shared_port/shared_udp_port.ts";
import type { SharedUdpTransport } from "../../../../transport/media/shared_port/shared_udp_transport.ts";
import { eventually } from "../../../kit/eventually.ts";
import { freeUdpPort } from "../../../kit/free_udp_port.ts";
import { request } from "./stun_messages.ts";

/** A shared port on loopback, closed at the end of the test. */
export async function openPort(options: Partial<SharedUdpPortOptions> = {}): Promise<SharedUdpPort> {
  const shared = new SharedUdpPort({
    port: await freeUdpPort(),
    calls: datagramCalls ?? null,
    isJoinable: true,
    now: () => performance.now(),
    dropped: new DroppedDatagrams(() => undefined),
    ...options,
  });
  onTestFinished(() => shared.close());
  await shared.open(["127.0.0.1"]);
  return shared;
}

/** A socket of a client, which signs its answers to checks; everything else that it is sent is collected. */
export async function openRemote(password: string): Promise<{ socket: Socket; arrived: Buffer[] }> {
  const socket = createSocket({ type: "udp4" }).bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const arrived: Buffer[] = [];
  socket.on("message", (data, { address, port }) => {
    if (data[0] !== 0) {
      arrived.push(data);
      return;
    }
    const answer = new Message(methods.BINDING, classes.RESPONSE, data.subarray(8, 20));
    socket.send(answer.addMessageIntegrity(Buffer.from(password)).bytes, port, address);
  });
  return { socket, arrived };
}

let count = 0;

/** An agent on the port whose client has shown where it is. */
export async function connectAgent(shared: SharedUdpPort): Promise<{
  transport: SharedUdpTransport;
  remote: Socket;
  arrived: Buffer[];
  received: Buffer[];
}> {
  const agent = { localUsername: `agent${++count}`, remotePassword: `secret${count}` };
  const transport = await shared.join("127.0.0.1", agent);
  onTestFinished(() => transport.close());
  const received: Buffer[] = [];
  transport.onData = (data) => received.push(data);
  const { socket: remote, arrived } = await openRemote(agent.remotePassword);
  const { address, port } = remote.address();
  await transport.send(request(`x:${agent.localUsername}`), [address, port]);
  await eventually(() => transport.isOnlyOwner(address, port), { what: "the client to have shown where it is" });
  received.length = 0;
  return { transport, remote, arrived, received };
}
