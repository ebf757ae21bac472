import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addressOf,
  createStunMessage,
  encodeStunMessage,
  encodeXorAddress,
  errorOf,
  longTermKey,
  parseStunMessage,
  stunAttributes,
  stunClasses,
  stunFrameBytes,
  stunMethods,
} from "../../../transport/ice/stun_message.ts";

// RFC 5769, 2.2: a sample response over IPv4, from a server that pads SOFTWARE with a space.
const sample = Buffer.from(
  `0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643
   000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96`.replaceAll(/\s/g, ""),
  "hex",
);

test("[DOC21] the sample of RFC 5769 is read", () => {
  const message = parseStunMessage(sample);
  expect(message).toMatchObject({ method: stunMethods.binding, class: stunClasses.success });
  expect(message && addressOf(message, stunAttributes.xorMappedAddress)).toEqual({
    address: "192.0.2.1",
    port: 32_853,
  });
  expect(stunFrameBytes(sample)).toBe(sample.length);
});

test("[DOC21] a message is signed as RFC 5769 has it", () => {
  // 2.4: a request with long-term authentication; the key is of "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org" and "TheMatrIX".
  const request = Buffer.from(
    `000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000
     0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700
     00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`.replaceAll(/\s/g, ""),
    "hex",
  );
  const read = parseStunMessage(request);
  if (read === undefined) throw new Error("the sample is a message");
  const bare = new Map([...read.attributes].filter(([type]) => type !== stunAttributes.messageIntegrity));
  const key = longTermKey("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "example.org", "TheMatrIX");
  expect(encodeStunMessage({ ...read, attributes: bare }, key).toString("hex")).toBe(request.toString("hex"));
});

test("[DOC21] an address of either family is read as it was written", () => {
  const ipV6 = fc.ipV6().filter((address) => !address.includes("."));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), ipV6), fc.integer({ min: 0, max: 65_535 }), (address, port) => {
      const bare = createStunMessage(stunMethods.binding, stunClasses.success);
      const value = encodeXorAddress({ address, port }, bare.transactionId);
      const message = parseStunMessage(encodeStunMessage({ ...bare, attributes: new Map([[0x0020, value]]) }));
      const read = message && addressOf(message, stunAttributes.xorMappedAddress);
      expect(read?.port).toBe(port);
      expect(new URL(`http://[${address}]`.replace(/\[([\d.]+)\]/, "$1")).hostname).toBe(
        new URL(`http://[${read?.address}]`.replace(/\[([\d.]+)\]/, "$1")).hostname,
      );
    }),
  );
});

test("[DOC21] whatever comes is a message or none, and what it says of an error is text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isHeaded) => {
      const head = isHeaded ? sample.subarray(0, 20) : Buffer.alloc(0);
      const message = parseStunMessage(Buffer.concat([head, bytes]));
      if (message === undefined) return;
      expect(errorOf(message).reason).toMatch(/^[\x20-\x7e]*$/);
      for (const type of message.attributes.keys()) addressOf(message, type);
    }),
  );
});
