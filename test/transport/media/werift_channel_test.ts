import { expect, test } from "vitest";
import type { RTCDataChannel } from "werift";
import type { ErrorCode } from "../../../protocol/signalbox_error.ts";
import { WeriftChannel } from "../../../transport/media/werift_channel.ts";

/** A channel over one of werift's that keeps what it is given. */
function startChannel(init: Partial<RTCDataChannel> = {}) {
  const sent: unknown[] = [];
  const quiet = { subscribe: () => undefined };
  const state = { queuedBytes: 0 };
  const inner = {
    label: "chat",
    ordered: true,
    maxRetransmits: null,
    maxPacketLifeTime: null,
    readyState: "open",
    sctp: { remoteMaxMessageSize: 100 },
    onMessage: quiet,
    bufferedAmountLow: quiet,
    stateChanged: quiet,
    send: (data: unknown) => sent.push(data),
    ...init,
  } as unknown as RTCDataChannel;
  const channel = new WeriftChannel(inner, {
    maxChannelBufferBytes: 200,
    queuedBytes: () => state.queuedBytes,
    onHandlerError: () => undefined,
  });
  return { channel, sent, state };
}

test("[SB49] bytes that are relayed are passed on as they are, and those of the program are copied", () => {
  const { channel, sent } = startChannel();
  const frame = Buffer.from([1, 2, 3]);
  const bytes = Uint8Array.of(0, 7, 8, 9).subarray(1);
  expect([channel.trySend(frame), channel.trySend(bytes), channel.trySend("text")]).toEqual(["sent", "sent", "sent"]);
  expect(sent[0]).toBe(frame);
  expect(sent[1]).toEqual(Buffer.from([7, 8, 9]));
  expect((sent[1] as Buffer).buffer).toBe(bytes.buffer);
  expect(sent[2]).toBe("text");
  channel.send(frame);
  frame[0] = 0;
  expect(sent[3]).toEqual(Buffer.from([1, 2, 3]));
});

test.each([
  ["bad-state", { readyState: "closing" }, 10, 0, 'Cannot send on channel "chat": it is closing'],
  ["message-too-large", {}, 101, 0, 'Cannot send 101 bytes on channel "chat": the client accepts 100 bytes'],
  ["buffer-full", {}, 10, 191, 'Cannot send on channel "chat": 191 of 200 bytes wait already'],
] as const)(
  "[SB49] what cannot be sent is %s, as the outcome or as an error",
  (code, init, length, queuedBytes, why) => {
    const { channel, sent, state } = startChannel(init);
    state.queuedBytes = queuedBytes;
    const bytes = new Uint8Array(length);
    expect(channel.trySend(bytes)).toBe(code);
    expect(() => channel.send(bytes)).toThrow(
      expect.objectContaining({ code: code satisfies ErrorCode, message: why }),
    );
    expect(sent).toEqual([]);
  },
);

test("[SB49] what just fits is sent, of any length where the client names none", () => {
  expect(startChannel().channel.trySend(new Uint8Array(100))).toBe("sent");
  const { channel, sent, state } = startChannel({ sctp: { remoteMaxMessageSize: 0 } } as never);
  state.queuedBytes = 50;
  expect(channel.trySend(new Uint8Array(150))).toBe("sent");
  expect(channel.trySend(new Uint8Array(151))).toBe("buffer-full");
  expect(sent).toHaveLength(1);
});

test("[SB50] a channel tells how often and for how long it tries", () => {
  expect(startChannel().channel).toMatchObject({ maxRetransmits: null, maxPacketLifeTime: null });
  expect(startChannel({ maxRetransmits: 0 }).channel.maxRetransmits).toBe(0);
  expect(startChannel({ maxPacketLifeTime: 50 }).channel.maxPacketLifeTime).toBe(50);
});
