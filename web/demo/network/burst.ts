import { pause, within } from "./within.ts";

/** What a channel that echoes was measured to do. */
export interface Measured {
  readonly roundTripsMs: readonly number[];
  readonly burst: { readonly sent: number; readonly returned: number };
}

/** Ten small messages, one after the other, are timed. */
const pings = 10;
const pingMs = 1_500;
/** A hundred packets of the size and at the pace of a picture are counted. */
const packets = 100;
const packetBytes = 1_000;
const packetEveryMs = 10;
/** How long after the last one that returned more are waited for. Ours: longer than any round trip of use. */
const stragglersMs = 700;

/** Measures a channel that is open, and drops what is lost, by messages that the server sends back. */
export async function measureChannel(channel: RTCDataChannel, signal: AbortSignal): Promise<Measured> {
  const returned = new Set<string>();
  let heard = Promise.withResolvers<void>();
  channel.onmessage = ({ data }) => {
    // The number at the start is all that counts.
    returned.add(String(data).trimEnd());
    heard.resolve();
    heard = Promise.withResolvers<void>();
  };
  const isBack = async (name: string): Promise<void> => {
    while (!returned.has(name)) await heard.promise;
  };
  const roundTripsMs: number[] = [];
  for (let number = 0; number < pings; number += 1) {
    const sentAtMs = performance.now();
    channel.send(`ping ${number}`);
    try {
      await within(pingMs, { promise: isBack(`ping ${number}`), signal });
      roundTripsMs.push(performance.now() - sentAtMs);
    } catch (error) {
      signal.throwIfAborted();
      if (channel.readyState !== "open") throw error;
    }
    // Nothing comes back at all: ten times the waiting would say no more.
    if (number === 2 && roundTripsMs.length === 0) return { roundTripsMs, burst: { sent: 0, returned: 0 } };
  }
  const sent = await sendBurst(channel, signal);
  const count = () => [...returned].filter((name) => name.startsWith("packet")).length;
  for (let before = -1; count() > before && count() < sent; ) {
    before = count();
    await within(stragglersMs, { promise: isBackAll(count, sent, () => heard.promise), signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
  return { roundTripsMs, burst: { sent, returned: count() } };
}

async function isBackAll(count: () => number, sent: number, heard: () => Promise<void>): Promise<void> {
  while (count() < sent) await heard();
}

/** Sends at an even pace; a page whose timers are slowed down sends what is due at once. */
async function sendBurst(channel: RTCDataChannel, signal: AbortSignal): Promise<number> {
  const startedAtMs = performance.now();
  let sent = 0;
  while (sent < packets && channel.readyState === "open") {
    const due = Math.min(packets, Math.floor((performance.now() - startedAtMs) / packetEveryMs) + 1);
    for (; sent < due; sent += 1) channel.send(`packet ${sent}`.padEnd(packetBytes));
    await pause(packetEveryMs, signal);
  }
  return sent;
}
