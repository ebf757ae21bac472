import { beforeEach, expect, test } from "vitest";
import type { DataChannel } from "../../actors/application.ts";
import type { SendOutcome } from "../../actors/ports.ts";
import { RoomChannels } from "../../actors/room_channels.ts";
import type { ServerChannelPort } from "../../actors/room_parts.ts";
import { FakeChannel } from "../kit/fake_media.ts";
import { KeptLog } from "./start_supervisor.ts";

const utf8 = new TextEncoder();

interface ChannelInit extends Partial<Pick<DataChannel, "ordered" | "maxRetransmits" | "maxPacketLifeTime">> {
  readonly label?: string;
}

/** A member's channel that a relay sends on. */
class RelayedChannel extends FakeChannel {
  /** What becomes of what is sent from now on. */
  outcome: SendOutcome = "sent";
  /** What is thrown from now on. */
  fault: unknown;

  constructor({ label, ...reliability }: ChannelInit = {}) {
    super(label, "signalbox.room", reliability);
  }

  override send(): void {
    throw new Error("A relay has no use for copies");
  }

  override trySend(data: string | Uint8Array): SendOutcome {
    if (this.fault !== undefined) throw this.fault;
    return this.outcome === "sent" || this.readyState !== "open" ? super.trySend(data) : this.outcome;
  }

  override close(): void {
    this.readyState = "closed";
  }

  /** The other side closed it, or the connection ended. */
  end(): void {
    this.readyState = "closed";
    this.onclose?.();
  }

  /** The client sends. */
  say(data: string | Uint8Array): void {
    this.onmessage?.(data);
  }

  refuse(outcome: SendOutcome): this {
    this.outcome = outcome;
    return this;
  }

  take(): (string | Uint8Array)[] {
    return this.sent.splice(0);
  }
}

/** A member on the server, by its port. */
function portOf(memberId: string, label = "chat") {
  const got: { readonly from: string; readonly data: string | Uint8Array }[] = [];
  const port: ServerChannelPort = { memberId, label, receive: (message) => void got.push(message) };
  return { port, got };
}

let log: KeptLog;
let crashCount: number;
let tooLarge: { readonly from: string; readonly label: string; readonly message: string }[];
let room: RoomChannels;

beforeEach(() => {
  log = new KeptLog();
  crashCount = 0;
  tooLarge = [];
  room = new RoomChannels({
    room: "atrium",
    log,
    onCrash: () => {
      crashCount += 1;
    },
    onTooLarge: (told) => tooLarge.push(told),
  });
});

function open(memberId: string, init: ChannelInit = {}): RelayedChannel {
  const channel = new RelayedChannel(init);
  room.opened({ id: memberId, peer: null }, channel);
  return channel;
}

test("[SB20] a message reaches every other member's channel of the label, and no other", () => {
  const [a, b, c] = [open("a"), open("b"), open("c")];
  const other = open("b", { label: "games" });
  a.say("hello");
  expect(a.take()).toEqual([]);
  expect(b.take()).toEqual(["a\nhello"]);
  expect(c.take()).toEqual(["a\nhello"]);
  expect(other.take()).toEqual([]);
  other.say("nobody");
  for (const channel of [a, b, c, other]) expect(channel.take()).toEqual([]);
});

test("[SB20] messages of one sender arrive in the order in which it sent them", () => {
  const [a, b] = [open("a"), open("b")];
  for (let n = 0; n < 100; n += 1) a.say(String(n));
  expect(b.take()).toEqual(Array.from({ length: 100 }, (_, n) => `a\n${n}`));
});

test("[SB21] text stays text, empty, with line ends and beyond ASCII", () => {
  const [a, b] = [open("a-1"), open("b")];
  for (const text of ["", "\n", "one\ntwo", "ñ 👋", "\0"]) {
    a.say(text);
    expect(b.take()).toEqual([`a-1\n${text}`]);
  }
});

test("[SB21] bytes stay bytes, behind the length of the sender's id and the id", () => {
  const id = "x".repeat(64);
  const [a, b] = [open(id), open("b")];
  for (const bytes of [new Uint8Array(), Uint8Array.of(0, 1, 255), new Uint8Array(100_000).fill(7)]) {
    a.say(bytes);
    const [frame] = b.take() as Uint8Array[];
    expect(frame).toBeInstanceOf(Uint8Array);
    expect([...(frame ?? []).slice(0, 65)]).toEqual([64, ...utf8.encode(id)]);
    expect(Buffer.compare((frame ?? new Uint8Array()).slice(65), bytes)).toBe(0);
  }
});

test("[SB21] a message is framed once, however many receive it", () => {
  const a = open("a");
  const others = Array.from({ length: 10 }, (_, n) => open(`b${n}`));
  a.say(Uint8Array.of(1, 2, 3));
  expect(new Set(others.flatMap((channel) => channel.take())).size).toBe(1);
});

test("[SB22] a reliable channel that is full is closed with the reason logged, and the others get the message", () => {
  const [a, full, c] = [open("a"), open("b").refuse("buffer-full"), open("c")];
  a.say("x");
  expect(full.readyState).toBe("closed");
  expect(c.take()).toEqual(["a\nx"]);
  expect(log.entries).toMatchObject([
    { level: "info", event: "room channel closed", fields: { member: "b", label: "chat", reason: "buffer-full" } },
  ]);
  full.outcome = "sent";
  full.readyState = "open";
  a.say("y");
  full.say("z");
  expect(full.take()).toEqual([]);
  expect(c.take()).toEqual(["a\ny"]);
  expect(crashCount).toBe(0);
});

test.each([
  { maxRetransmits: 0, ordered: false },
  { maxRetransmits: 3, ordered: true },
  { maxPacketLifeTime: 0, ordered: true },
  { maxPacketLifeTime: 100, ordered: false },
])("[SB22] a channel that may lose messages ($maxRetransmits, $maxPacketLifeTime) loses what does not fit", (init) => {
  const [a, b] = [open("a"), open("b", init).refuse("buffer-full")];
  a.say("lost");
  b.outcome = "sent";
  a.say("kept");
  expect(b.readyState).toBe("open");
  expect(b.take()).toEqual(["a\nkept"]);
  expect(log.entries).toEqual([]);
});

test("[SB22] an unordered channel without a limit is reliable", () => {
  const [a, b] = [open("a"), open("b", { ordered: false }).refuse("buffer-full")];
  a.say("x");
  expect(b.readyState).toBe("closed");
});

test("[SB23] a message that is too long for some is not sent to them, and its sender is told once", () => {
  const a = open("a");
  const small = [open("b").refuse("message-too-large"), open("c").refuse("message-too-large")];
  const d = open("d");
  a.say("x");
  expect(d.take()).toEqual(["a\nx"]);
  expect(tooLarge).toEqual([
    {
      from: "a",
      label: "chat",
      message: 'Cannot relay a message on room channel "chat": it is too long for 2 of its members',
    },
  ]);
  for (const channel of small) {
    expect(channel.readyState).toBe("open");
    channel.outcome = "sent";
  }
  a.say("y");
  for (const channel of small) expect(channel.take()).toEqual(["a\ny"]);
});

test("[SB24] a newer channel of a label takes the place of the member's older one, which is closed", () => {
  const [a, older, c] = [open("a"), open("b"), open("c")];
  const newer = open("b");
  expect(older.readyState).toBe("closed");
  a.say("x");
  expect(older.take()).toEqual([]);
  expect(newer.take()).toEqual(["a\nx"]);
  older.end();
  older.say("from the dead");
  expect(c.take()).toEqual(["a\nx"]);
  newer.say("y");
  expect(c.take()).toEqual(["b\ny"]);
});

test("[SB24] the late end of an older channel leaves the newer one alone", () => {
  const [a, older] = [open("a"), open("b")];
  const { onclose, onmessage } = older;
  const newer = open("b");
  onclose?.();
  onmessage?.("late");
  expect(a.take()).toEqual([]);
  a.say("x");
  expect(newer.take()).toEqual(["a\nx"]);
});

test("[SB25] a channel that closed takes part no more, and nothing of its label is left behind", () => {
  const [a, b] = [open("a"), open("b")];
  b.end();
  a.say("x");
  expect(room.labelCount).toBe(1);
  a.end();
  expect(room.labelCount).toBe(0);
});

test("[SB25] a channel that is closing is no fault", () => {
  const [a, b, c] = [open("a"), open("b").refuse("bad-state"), open("c")];
  a.say("x");
  expect(c.take()).toEqual(["a\nx"]);
  expect(log.entries).toEqual([]);
  expect(b.onclose).not.toBe(null);
  expect(crashCount).toBe(0);
});

test("[SB25] channels whose peer connection is over are forgotten and not touched, and say nothing any more", () => {
  const [a, b] = [open("a"), open("b")];
  const games = open("b", { label: "games" });
  room.peerClosed("b");
  expect([b.readyState, games.readyState]).toEqual(["open", "open"]);
  b.say("x");
  a.say("y");
  expect([a.take(), b.take()]).toEqual([[], []]);
  expect(room.labelCount).toBe(1);
  const again = open("b");
  b.end();
  a.say("z");
  expect(again.take()).toEqual(["a\nz"]);
});

test("[SB25] somebody else's handlers on a channel that was given back stay", () => {
  const b = open("b");
  const other = (): void => {};
  room.peerClosed("b");
  b.onmessage = other;
  b.onclose = other;
  room.memberLeft("b");
  room.close();
  expect([b.onmessage, b.onclose, b.readyState]).toEqual([other, other, "open"]);
});

test("[SB25] a room that closes closes the channels that are left", () => {
  const [a, b] = [open("a"), open("b", { label: "games" })];
  const { port } = portOf("s");
  room.addPort(port);
  room.close();
  expect([a.readyState, b.readyState]).toEqual(["closed", "closed"]);
  expect(room.labelCount).toBe(0);
});

test("[SB26] a member on the server hears a label and speaks on it like any other, as it is and without a frame", () => {
  const [a, b] = [open("a"), open("b")];
  const { port, got } = portOf("s");
  room.addPort(port);
  room.addPort(port);
  a.say("hi");
  a.say(Uint8Array.of(1));
  expect(got).toEqual([
    { from: "a", data: "hi" },
    { from: "a", data: Uint8Array.of(1) },
  ]);
  b.take();
  room.send({ from: "s", label: "chat", data: "hello" });
  room.send({ from: "s", label: "chat", data: Uint8Array.of(9) });
  expect(a.take()).toEqual(["s\nhello", Buffer.from([1, 115, 9])]);
  expect(b.take()).toEqual(["s\nhello", Buffer.from([1, 115, 9])]);
  expect(got).toHaveLength(2);
  room.removePort(port);
  a.say("gone");
  expect(got).toHaveLength(2);
});

test("[SB26] a member that leaves takes its ports along", () => {
  const { port, got } = portOf("s");
  const other = portOf("t");
  room.addPort(port);
  room.addPort(other.port);
  room.addPort(portOf("s", "games").port);
  room.memberLeft("s");
  room.send({ from: "a", label: "chat", data: "x" });
  expect(got).toEqual([]);
  expect(other.got).toHaveLength(1);
  room.memberLeft("t");
  expect(room.labelCount).toBe(0);
});

test("[SB26] everybody gets the message before the answer that a member on the server gives at once", () => {
  const [a, b] = [open("a"), open("b")];
  const late = portOf("t");
  const bytes = Uint8Array.of(5);
  room.addPort({
    memberId: "s",
    label: "chat",
    receive: ({ data }) => {
      if (data !== "ping") return;
      room.send({ from: "s", label: "chat", data: "pong" });
      room.send({ from: "s", label: "chat", data: bytes });
      bytes[0] = 6;
    },
  });
  room.addPort(late.port);
  const c = open("c");
  a.say("ping");
  expect(b.take()).toEqual(["a\nping", "s\npong", Buffer.from([1, 115, 5])]);
  expect(c.take()).toEqual(["a\nping", "s\npong", Buffer.from([1, 115, 5])]);
  expect(late.got.map(({ data }) => data)).toEqual(["ping", "pong", Uint8Array.of(5)]);
});

test("[SB27] a fault in a channel or a member on the server harms nobody else, is logged and counted", () => {
  const [a, broken, c] = [open("a"), open("b"), open("c")];
  broken.fault = new TypeError("boom");
  room.addPort({
    memberId: "s",
    label: "chat",
    receive: () => {
      throw new TypeError("boom");
    },
  });
  a.say("x");
  expect(c.take()).toEqual(["a\nx"]);
  expect(broken.readyState).toBe("closed");
  expect(log.errors.map(({ fields }) => fields["member"])).toEqual(["b", "s"]);
  expect(crashCount).toBe(2);
  a.say("y");
  expect(c.take()).toEqual(["a\ny"]);
});

test("[SB27] a long label is cut where it is logged or told", () => {
  const label = "l".repeat(65_535);
  const [a] = [open("a", { label }), open("b", { label }).refuse("buffer-full")];
  open("c", { label }).refuse("message-too-large");
  a.say("x");
  expect(JSON.stringify([log.entries, tooLarge.map(({ message }) => message)]).length).toBeLessThan(500);
});

test("[SB49] one message to many is one buffer, also where some cannot take it", () => {
  const a = open("a");
  const others = Array.from({ length: 99 }, (_, n) => open(`b${n}`, { maxRetransmits: 0, ordered: false }));
  others[0]?.refuse("buffer-full");
  a.say(Uint8Array.of(1, 2, 3));
  const frames = others.flatMap((channel) => channel.take());
  expect(frames).toHaveLength(98);
  expect(new Set(frames).size).toBe(1);
});
