import { createSocket } from "node:dgram";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import {
  createStunMessage,
  type Endpoint,
  encodeStunMessage,
  encodeXorAddress,
  parseStunMessage,
  stunAttributes,
  stunClasses,
  stunMethods,
} from "../../transport/ice/stun_message.ts";

/** A STUN server on loopback that says of everybody what a test wants, as a NAT would have it; ends with the test. @returns its port */
export async function startStunResponder(seenAs: (from: Endpoint) => Endpoint): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const request = parseStunMessage(bytes);
    if (request?.method !== stunMethods.binding) return;
    const { transactionId } = request;
    const value = encodeXorAddress(seenAs(from), transactionId);
    const answer = createStunMessage(stunMethods.binding, stunClasses.success, [
      [stunAttributes.xorMappedAddress, value],
    ]);
    socket.send(encodeStunMessage({ ...answer, transactionId }), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return socket.address().port;
}
