import { expect, test } from "vitest";
import { type FeedStatus, LiveFeed } from "../../../../web/inspector/model/live_feed.ts";

class FakeSocket {
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;
  readonly url: string;
  readonly subprotocols: readonly string[];
  isClosed = false;

  constructor(url: string, subprotocols: readonly string[]) {
    this.url = url;
    this.subprotocols = subprotocols;
  }

  close(): void {
    this.isClosed = true;
  }
}

function openFeed(answer: () => Response | Error = () => new Error("unreachable")) {
  const sockets: FakeSocket[] = [];
  const states: FeedStatus[] = [];
  const timers: { readonly ms: number; readonly callback: () => void; isOff: boolean }[] = [];
  const messages: string[] = [];
  let opened = 0;
  const feed = new LiveFeed({
    url: () => "http://node/inspect?room=atrium",
    headers: () => ({ authorization: "Bearer t" }),
    subprotocols: () => ["signalbox.inspect", "bearer.dA"],
    onStatus: (status) => states.push(status),
    onOpen: () => {
      opened += 1;
    },
    onMessage: (text) => messages.push(text),
    fetch: async () => {
      const given = answer();
      if (given instanceof Error) throw given;
      return given;
    },
    openSocket: (url, subprotocols) => {
      const socket = new FakeSocket(url, subprotocols);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    after: (ms, callback) => {
      const timer = { ms, callback, isOff: false };
      timers.push(timer);
      return () => {
        timer.isOff = true;
      };
    },
    now: () => 1_000,
    random: () => 1,
  });
  feed.open();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { feed, sockets, states, timers, messages, openedCount: () => opened, settled };
}

const refused = (status: number, message: string) => Response.json({ error: { code: "c", message } }, { status });

test("[IP8] it connects with the token as subprotocols, and is live when the socket is open", () => {
  const { sockets, states, messages, openedCount } = openFeed();
  expect([sockets[0]?.url, sockets[0]?.subprotocols]).toEqual([
    "ws://node/inspect?room=atrium",
    ["signalbox.inspect", "bearer.dA"],
  ]);
  sockets[0]?.onopen?.();
  sockets[0]?.onmessage?.({ data: "x" });
  expect([states.at(-1)?.kind, openedCount(), messages]).toEqual(["live", 1, ["x"]]);
});

test("[IP8] a connection that is lost comes back, after a pause that doubles, and says until when", async () => {
  const { sockets, states, timers, settled } = openFeed();
  sockets[0]?.onopen?.();
  sockets[0]?.onclose?.({ code: 1006, reason: "" });
  expect(states.at(-1)).toEqual({ kind: "waiting", reason: "The connection was lost", retryAt: 1_500 });
  for (const expected of [1_000, 2_000]) {
    timers.at(-1)?.callback();
    sockets.at(-1)?.onclose?.({ code: 1006, reason: "" });
    await settled();
    expect(states.at(-1)).toMatchObject({ kind: "waiting", reason: "The server cannot be reached" });
    expect(timers.at(-1)?.ms).toBe(expected);
  }
  timers.at(-1)?.callback();
  sockets.at(-1)?.onopen?.();
  sockets.at(-1)?.onclose?.({ code: 1001, reason: "shutting-down" });
  expect([timers.at(-1)?.ms, states.at(-1)]).toMatchObject([
    500,
    { reason: "The server closed the connection (shutting-down)" },
  ]);
});

test("[IP9] a refused handshake is explained by the server's own words: a token is needed, or nothing helps", async () => {
  for (const [status, kind] of [
    [401, "unauthorized"],
    [403, "refused"],
    [400, "refused"],
  ] as const) {
    const { sockets, states, timers, settled } = openFeed(() => refused(status, "Cannot look inside: because"));
    sockets[0]?.onclose?.({ code: 1006, reason: "" });
    await settled();
    await settled();
    expect(states.at(-1)).toEqual({ kind, reason: "Cannot look inside: because" });
    expect(timers).toEqual([]);
  }
});

test("[IP9] a server that is full or in trouble is tried again, with its words", async () => {
  const { sockets, states, settled } = openFeed(() => refused(503, "Cannot watch: full"));
  sockets[0]?.onclose?.({ code: 1006, reason: "" });
  await settled();
  await settled();
  expect(states.at(-1)).toMatchObject({ kind: "waiting", reason: "Cannot watch: full" });
});

test("[IP9] what belongs to a connection of before says nothing any more", async () => {
  const { feed, sockets, states, messages, settled } = openFeed(() => refused(401, "no"));
  const [first] = sockets;
  first?.onclose?.({ code: 1006, reason: "" });
  feed.open();
  await settled();
  await settled();
  first?.onmessage?.({ data: "late" });
  expect([states.at(-1)?.kind, messages]).toEqual(["connecting", []]);
});
