import fc from "fast-check";
import { expect, test } from "vitest";
import { createSubjects, encodeRoom, lastToken, mediaIds } from "../../protocol/subjects.ts";
import { checkPattern, checkSubject, compilePattern } from "../../transport/bus/subject_pattern.ts";

const subjects = createSubjects("signalbox");

test("[BU20] subjects are as nats.conf grants them", () => {
  expect({
    inbox: subjects.inboxPrefix,
    room: subjects.room("atrium", "events"),
    roomAll: subjects.roomAll("atrium"),
    node: subjects.node("node-1", "part"),
    nodeAll: subjects.nodeAll("node-1"),
    cluster: subjects.cluster("presence"),
    media: subjects.media("node-1", "packets", "track_1", "0"),
    mediaAll: subjects.mediaAll("node-1", "want"),
    session: subjects.session("s-1", "signal"),
    sessionAll: subjects.sessionAll("s-1"),
  }).toEqual({
    inbox: "_INBOX.signalbox",
    room: "signalbox.room.atrium.events",
    roomAll: "signalbox.room.atrium.>",
    node: "signalbox.node.node-1.part",
    nodeAll: "signalbox.node.node-1.>",
    cluster: "signalbox.cluster.presence",
    media: "signalbox.media.node-1.packets.track_1.0",
    mediaAll: "signalbox.media.node-1.want.>",
    session: "signalbox.session.s-1.signal",
    sessionAll: "signalbox.session.s-1.>",
  });
  expect(lastToken(subjects.room("atrium", "events"))).toBe("events");
  expect(mediaIds(subjects.media("node-1", "packets", "track_1", "0"))).toEqual(["track_1", "0"]);
  expect(mediaIds("signalbox.media.node-1.want.track_1.~x")).toEqual([]);
});

test.each(["", ".", "a.b", "*", ">", "a b", "a\r\nPUB x 0", "ü", "~", "x".repeat(65)])(
  "[BU20] %j is refused where an id is expected",
  (id) => {
    for (const make of [subjects.node, subjects.media, subjects.session]) {
      expect(() => make(id, "events")).toThrow(RangeError);
      expect(() => make("id", id)).toThrow(RangeError);
    }
    expect(() => subjects.media("id", "want", id)).toThrow(RangeError);
    expect(() => subjects.cluster(id)).toThrow(RangeError);
    expect(() => createSubjects(id)).toThrow(RangeError);
  },
);

const hostileNames = [
  "a.b",
  "*",
  ">",
  "room.>",
  "~",
  "~YQ",
  " ",
  "\u0000",
  "a\r\nPUB signalbox.room.x 0\r\n\r\n",
  "Großer Saal",
  "会議室",
  "👩‍🚀",
  "e\u0301",
  "é",
  "\u202Eevil",
  "../../etc/passwd",
  "%2e",
  "x".repeat(65),
  "x".repeat(256),
  "é".repeat(128),
  "_INBOX.signalbox",
];

test.each(hostileNames)("[BU21] the room %j has one token", (name) => {
  const subject = subjects.room(name, "events");
  checkSubject(subject);
  expect(subject.split(".")).toHaveLength(4);
  expect(subject.length).toBeLessThan(400);
  checkPattern(subjects.roomAll(name));
  expect(compilePattern(subjects.roomAll(name))(subject)).toBe(true);
});

test("[BU21] different names have different tokens", () => {
  expect(new Set(hostileNames.map(encodeRoom)).size).toBe(hostileNames.length);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
      fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), fc.stringMatching(/^[~A-Za-z0-9_-]{1,60}$/)),
      (one, other) => {
        expect(encodeRoom(one)).toMatch(/^~?[A-Za-z0-9_-]+$/);
        expect(encodeRoom(one) === encodeRoom(other)).toBe(one === other);
      },
    ),
  );
});

test.each(["", "x".repeat(257), "é".repeat(129), "\uD800", "a\uDC00b"])(
  "[BU21] the room name %j is refused",
  (name) => {
    expect(() => encodeRoom(name)).toThrow(RangeError);
  },
);
