import { expect, test } from "vitest";
import { countQueuedBytes, type WeriftChannel } from "../../../transport/media/werift_channel.ts";

test("[ME21] what waits counts for all channels of a peer together, and empty messages count, too", () => {
  const channels = [{ bufferedAmount: 100 }, { bufferedAmount: 20 }] as WeriftChannel[];
  expect(countQueuedBytes(channels, undefined)).toBe(120);
  expect(countQueuedBytes(channels, { sctp: { outboundQueue: { length: 1_000 } } })).toBe(120 + 256_000);
});
