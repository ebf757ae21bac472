import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DroppedCounts, DroppedDatagrams } from "../../../../transport/media/shared_port/dropped_datagrams.ts";
import { PortDemux } from "../../../../transport/media/shared_port/port_demux.ts";
import { makeStun, NotingMember, request, success } from "./stun_messages.ts";

type Place = readonly [address: string, port: number];
const home: Place = ["198.51.100.1", 4_000];
const elsewhere: Place = ["203.0.113.9", 5_000];
const media = Buffer.from([0x80, 96, 1, 2]);

function open() {
  const told: DroppedCounts[] = [];
  const dropped = new DroppedDatagrams((counts) => told.push(counts));
  let nowMs = 0;
  const demux = new PortDemux(() => nowMs, dropped);
  const join = (fragment: string) => {
    const member = new NotingMember();
    demux.addFragment(member, fragment);
    return member;
  };
  /** A check of the client passes, and one of the member is answered. */
  const prove = (member: NotingMember, from: Place) => {
    const id = randomBytes(12);
    demux.noteSent(member, request("theirs:ours", id), ...from);
    demux.receive(success(id), ...from);
  };
  const claim = (member: NotingMember, from: Place) => demux.noteSent(member, success(), ...from);
  const pass = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { demux, dropped, told, join, prove, claim, pass };
}

test("[OP2] a check goes to the agent that it names, from wherever it comes", () => {
  const { demux, join, dropped } = open();
  const [ann, ben] = [join("aaaa"), join("bbbb")];
  for (const from of [home, elsewhere]) {
    demux.receive(request("aaaa:x"), ...from);
    demux.receive(request("bbbb:aaaa"), ...from);
  }
  expect([ann.received.length, ben.received.length]).toEqual([2, 2]);
  expect(dropped.counts).toEqual({ fragment: 0, transaction: 0, address: 0 });
});

test("[OP2] a check that names nobody is dropped and counted, and told at the 1st, 2nd, 4th ...", () => {
  const { demux, join, dropped, told } = open();
  const ann = join("aaaa");
  for (const username of ["aaa:x", "aaaaa:x", ":aaaa", "aaaa", "zzzz:aaaa"]) demux.receive(request(username), ...home);
  demux.receive(makeStun(0x0001), ...home);
  expect(ann.received).toEqual([]);
  expect(dropped.counts.fragment).toBe(6);
  expect(told.map(({ fragment }) => fragment)).toEqual([1, 2, 4]);
});

test("[OP3] an answer goes to who asked, once, from wherever it comes; a late or invented one to nobody", () => {
  const { demux, join, dropped, pass } = open();
  const [ann, ben] = [join("aaaa"), join("bbbb")];
  const [first, second, third] = [randomBytes(12), randomBytes(12), randomBytes(12)];
  demux.noteSent(ann, request("x:aaaa", first), ...home);
  demux.noteSent(ben, makeStun(0x0001, { id: second }), ...home);
  demux.noteSent(ben, request("x:bbbb", third), ...home);
  demux.receive(success(second), ...home);
  demux.receive(makeStun(0x0111, { id: first }), ...elsewhere);
  demux.receive(makeStun(0x0111, { id: first }), ...home);
  expect([ann.received.length, ben.received.length]).toEqual([2, 1]);
  demux.receive(success(first), ...home);
  demux.receive(success(second), ...home);
  demux.receive(success(), ...home);
  expect(dropped.counts.transaction).toBe(3);
  // As long as any client of STUN waits.
  pass(39_500);
  demux.noteSent(ann, request("x:aaaa"), ...home);
  demux.receive(success(third), ...home);
  expect(dropped.counts.transaction).toBe(4);
  expect(demux.sizes.requests).toBe(1);
});

test("[OP16] an answer that somebody made up, who saw the check, takes none of the genuine one away", () => {
  const { demux, join, dropped } = open();
  const ann = join("aaaa");
  const [check, question] = [randomBytes(12), randomBytes(12)];
  demux.noteSent(ann, request("x:aaaa", check), ...home);
  demux.noteSent(ann, makeStun(0x0001, { id: question }), ...home);
  ann.isGenuine = false;
  for (const from of [elsewhere, home]) demux.receive(success(check), ...from);
  demux.receive(success(question), ...elsewhere);
  expect(demux.sizes.requests).toBe(2);
  ann.isGenuine = true;
  // Signed as it is, it shows nothing of another address.
  demux.receive(success(check), ...elsewhere);
  expect(demux.isOnlyOwner(ann, ...elsewhere)).toBe(false);
  const genuine = [success(check), success(question)];
  for (const answer of genuine) demux.receive(answer, ...home);
  expect(ann.received.slice(-2)).toEqual(genuine);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
  expect([demux.sizes.requests, dropped.counts.transaction]).toEqual([0, 0]);
});

test("[OP4] what is no check goes by its source, which only checks that passed say", () => {
  const { demux, join, prove, claim, dropped } = open();
  const [ann, ben] = [join("aaaa"), join("bbbb")];
  demux.receive(media, ...home);
  expect(dropped.counts.address).toBe(1);
  claim(ann, home);
  demux.receive(media, ...home);
  expect(ann.received).toEqual([media]);
  prove(ann, home);
  // A stranger's checks, answers and packets that name Ben's client or come from Ann's address.
  demux.receive(request("bbbb:x"), ...home);
  demux.receive(success(), ...home);
  demux.receive(makeStun(0x0011), ...home);
  demux.receive(media, ...home);
  expect(ann.received.slice(1)).toEqual([expect.anything(), makeStunLike(0x11), media]);
  expect(ben.received).toHaveLength(1);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
});

test("[OP4] an answer that the client did not sign, or that comes from elsewhere, says nothing of an address", () => {
  const { demux, join, prove } = open();
  const [ann, eve] = [join("aaaa"), join("eeee")];
  prove(ann, home);
  eve.isGenuine = false;
  prove(eve, home);
  eve.isGenuine = true;
  const id = randomBytes(12);
  demux.noteSent(eve, request("x:eeee", id), ...elsewhere);
  demux.receive(success(id), ...home);
  const errorId = randomBytes(12);
  demux.noteSent(eve, request("x:eeee", errorId), ...home);
  demux.receive(makeStun(0x0111, { id: errorId }), ...home);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
});

test("[OP5] who claims the address of another gets its packets, too, and takes none away", () => {
  const { demux, join, prove, claim } = open();
  const ann = join("aaaa");
  prove(ann, home);
  const others = Array.from({ length: 20 }, (_, index) => join(`eve${index}`));
  for (const eve of others) claim(eve, home);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(false);
  demux.receive(media, ...home);
  expect(ann.received.at(-1)).toBe(media);
  const copies = others.flatMap(({ received }) => received);
  expect(copies).toHaveLength(8);
  // Whoever receives a packet may write to it.
  for (const copy of copies) expect([copy === media, copy.equals(media)]).toEqual([false, true]);
  // The next answer of the client tells whose it is.
  prove(ann, home);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
});

test("[OP5] a client whose check passes is heard, whoever claimed its address before", () => {
  const { demux, join, claim } = open();
  for (let count = 0; count < 20; count += 1) claim(join(`eve${count}`), home);
  const ann = join("aaaa");
  claim(ann, home);
  demux.receive(media, ...home);
  expect(ann.received).toHaveLength(1);
});

test("[OP18] a client that nobody checks keeps its address, however many claim it, and is alone there until then", () => {
  const { demux, join, claim } = open();
  const ann = join("aaaa");
  claim(ann, home);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
  const others = Array.from({ length: 20 }, (_, index) => join(`eve${index}`));
  for (const eve of others) claim(eve, home);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(false);
  demux.receive(media, ...home);
  expect(ann.received).toEqual([media]);
  expect(others.filter(({ received }) => received.length > 0)).toHaveLength(7);
  for (const eve of others) demux.remove(eve);
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
  expect(demux.sizes.addresses).toBe(1);
});

test("[OP6] a client behind the address of one that is gone is heard at once, and the other one no more", () => {
  const { demux, join, prove, claim } = open();
  const [old, young] = [join("oooo"), join("yyyy")];
  prove(old, home);
  claim(young, home);
  demux.receive(media, ...home);
  expect([old.received.length, young.received.length]).toEqual([2, 1]);
  prove(young, home);
  demux.receive(media, ...home);
  expect([old.received.length, young.received.length]).toEqual([2, 3]);
  demux.remove(old);
  expect(demux.isOnlyOwner(young, ...home)).toBe(true);
});

test("[OP7] fragments from before a restart go on, the last eight of them", () => {
  const { demux, join } = open();
  const ann = join("f0");
  for (let restart = 1; restart <= 9; restart += 1) demux.addFragment(ann, `f${restart}`);
  demux.addFragment(ann, "f9");
  for (let restart = 0; restart <= 9; restart += 1) demux.receive(request(`f${restart}:x`), ...home);
  expect(ann.received).toHaveLength(8);
  expect(demux.sizes.fragments).toBe(8);
});

test("[OP8] what a client makes the node keep is bounded, and freed when it leaves", () => {
  const { demux, join, prove, claim } = open();
  const ann = join("aaaa");
  const ben = join("bbbb");
  prove(ann, home);
  for (let port = 1; port <= 1_000; port += 1) {
    claim(ann, ["203.0.113.1", port]);
    demux.noteSent(ann, request("x:aaaa"), "203.0.113.1", port);
    demux.addFragment(ann, `a${port}`);
  }
  expect(demux.sizes).toEqual({ fragments: 9, requests: 256, addresses: 16 });
  // What is sure is kept before what is only said.
  expect(demux.isOnlyOwner(ann, ...home)).toBe(true);
  demux.remove(ann);
  expect(demux.sizes).toEqual({ fragments: 1, requests: 0, addresses: 0 });
  demux.remove(ben);
  expect(demux.sizes).toEqual({ fragments: 0, requests: 0, addresses: 0 });
  demux.receive(request("aaaa:x"), ...home);
  expect(ann.received).toHaveLength(1);
});

test("[OP8] the address that a client is at is kept, however many it had before", () => {
  const { demux, join, prove } = open();
  const ann = join("aaaa");
  for (let port = 1; port <= 100; port += 1) prove(ann, ["203.0.113.1", port]);
  expect(demux.sizes.addresses).toBe(16);
  expect(demux.isOnlyOwner(ann, "203.0.113.1", 100)).toBe(true);
});

test("[OP2] whatever comes is dropped or handed on", () => {
  const { demux, join, prove } = open();
  const ann = join("aaaa");
  prove(ann, home);
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const attributes = bytes.map((rest) => Buffer.concat([makeStun(0x0001), rest]));
  fc.assert(
    fc.property(fc.oneof(bytes, attributes), (datagram) => {
      demux.receive(datagram, ...elsewhere);
      demux.noteSent(ann, datagram, ...home);
    }),
  );
  expect(demux.sizes.addresses).toBe(1);
});

function makeStunLike(type: number) {
  return expect.toSatisfy((datagram: Buffer) => datagram.readUInt16BE(0) === type);
}
