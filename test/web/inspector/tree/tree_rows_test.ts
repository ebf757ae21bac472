import { expect, test } from "vitest";
import { ClusterRecord } from "../../../../web/inspector/model/cluster_record.ts";
import type { TreeFilter } from "../../../../web/inspector/tree/tree_filter.ts";
import { labelOf, treeRows } from "../../../../web/inspector/tree/tree_rows.ts";
import { actorMessage, stepMessages } from "../feed_messages.ts";

const everything: TreeFilter = { search: "", states: [], kinds: [], isEndedHidden: false };

/** Two nodes with a room each; Ada has a connection that failed, Bob one that works, and hears Ada. */
function recordOfCall(): ClusterRecord {
  const record = new ClusterRecord();
  const add = (id: string, kind: string, more: object = {}) =>
    record.take(actorMessage({ id, node: id.slice(0, 2), kind, ...more }));
  const become = (id: string, value: unknown, more: object = {}) => {
    for (const text of stepMessages({ id, node: id.slice(0, 2), event: { type: "x" }, value, ...more }))
      record.take(text);
  };
  for (const node of ["n2", "n1"]) add(`${node}/node`, "node");
  add("n1/room:atrium", "room", { name: "atrium", room: "atrium", parentId: "n1/node" });
  become("n1/room:atrium", "occupied", {
    context: {
      members: [
        { id: "ada", name: "Ada" },
        { id: "bob", name: "Bob" },
      ],
    },
  });
  for (const id of ["bob", "ada"]) {
    const session = `n1/session:${id}`;
    add(session, "session", { peers: [id], room: "atrium", parentId: "n1/node" });
    become(session, { open: { joined: "attached" } });
    add(`${session}/${id}-1`, "peer", { rootId: session, parentId: session, name: `${id}-1`, peers: [id] });
    become(`${session}/${id}-1`, { open: id === "ada" ? "failed" : "connected" }, { rootId: session });
    add(`${session}/${id}-1/negotiation`, "negotiation", { rootId: session, parentId: `${session}/${id}-1` });
  }
  add("n1/subscription:bob-s1", "subscription", {
    peers: ["bob", "ada"],
    room: "atrium",
    parentId: "n1/room:atrium",
    name: "bob-s1",
  });
  add("n2/session:eve", "session", { peers: ["eve"], endedAt: 7, parentId: "n2/node" });
  return record;
}

function rowsOf(record: ClusterRecord, filter: Partial<TreeFilter> = {}, opened: readonly [string, boolean][] = []) {
  return treeRows({
    actors: record.actors.values(),
    nameOf: (id) => record.names.get(id),
    filter: { ...everything, ...filter },
    opened: new Map(opened),
  });
}

const drawn = (rows: ReturnType<typeof rowsOf>) => rows.map(({ level, label }) => `${"  ".repeat(level - 1)}${label}`);

test("[IP20] nodes hold rooms, those hold people, and those their peer connections and what they hear", () => {
  expect(drawn(rowsOf(recordOfCall(), {}, [["n1/session:ada/ada-1", true]]))).toEqual([
    "n1",
    "  atrium",
    "    Ada",
    "      Connection 1",
    "        Negotiation",
    "    Bob",
    "      Connection 1",
    "      From Ada",
    "n2",
    "  Outside of rooms",
    "    n2/session:eve",
  ]);
});

test("[IP20] each row says its level, its place among those beside it, and whether it is open", () => {
  const rows = rowsOf(recordOfCall(), {}, [["n1/session:ada", false]]);
  const of = (label: string) => rows.find((row) => row.label === label);
  expect(of("n1")).toMatchObject({ level: 1, place: 1, count: 2, hasChildren: true, isOpen: true });
  expect(of("Ada")).toMatchObject({ level: 3, place: 1, count: 2, hasChildren: true, isOpen: false });
  expect(of("From Ada")).toMatchObject({ level: 4, place: 2, count: 2, hasChildren: false, isOpen: false });
});

test("[IP21] a search finds by name, id, room or state, shows the way there and what is in it", () => {
  const record = recordOfCall();
  expect(drawn(rowsOf(record, { search: "ada fail" }))).toEqual(["n1", "  atrium", "    Ada", "      Connection 1"]);
  expect(
    rowsOf(record, { search: "bob-s1" })
      .filter(({ isSought }) => isSought)
      .map(({ key }) => key),
  ).toEqual(["n1/subscription:bob-s1"]);
  // Ada is the person, and "s1" of the id.
  expect(rowsOf(record, { search: "ada s1" })).toEqual([]);
  expect(rowsOf(record, { search: "atrium" }).map(({ label }) => label)).toContain("Bob");
  expect(rowsOf(record, { search: "nobody" })).toEqual([]);
});

test("[IP21] states and kinds narrow the tree to those that fit, and who ended may be hidden", () => {
  const record = recordOfCall();
  expect(drawn(rowsOf(record, { states: ["failed"] }))).toEqual(["n1", "  atrium", "    Ada", "      Connection 1"]);
  const connections = rowsOf(record, { kinds: ["peer"] });
  expect(connections.filter(({ isSought }) => isSought).map(({ key }) => key)).toEqual([
    "n1/session:ada/ada-1",
    "n1/session:bob/bob-1",
  ]);
  expect(rowsOf(record, { isEndedHidden: true }).map(({ label }) => label)).not.toContain("n2/session:eve");
});

test("[IP24, IP21] a connection that failed, and its person, are found as failed until they have a newer one", () => {
  const record = new ClusterRecord();
  const session = "n1/session:ada";
  const peer = (number: number) => `${session}/ada-${number}`;
  const open = (number: number, at: number) =>
    record.take(actorMessage({ id: peer(number), kind: "peer", rootId: session, parentId: session, at }));
  const become = (id: string, type: string, value: unknown, status = "active") => {
    for (const text of stepMessages({ id, rootId: session, event: { type }, value, status })) record.take(text);
  };
  const failed = () =>
    rowsOf(record, { states: ["failed"] })
      .filter(({ isSought }) => isSought)
      .map(({ key }) => key);
  record.take(actorMessage({ id: session, kind: "session", room: "atrium", peers: ["ada"] }));
  become(session, "x", { open: { joined: "attached" } });
  open(1, 1_000);
  become(peer(1), "xstate.init", { open: "new" });
  expect(failed()).toEqual([]);
  become(peer(1), "offer.refused", "closing");
  become(peer(1), "engine.closed", "closed", "done");
  expect(failed()).toEqual([session, peer(1)]);
  open(2, 2_000);
  become(peer(2), "x", { open: "connected" });
  expect(failed()).toEqual([peer(1)]);
  become(peer(2), "x", { open: "failed" });
  become(peer(2), "peer.closed", "closed", "done");
  expect(failed()).toEqual([session, peer(1), peer(2)]);
  open(3, 3_000);
  become(peer(3), "x", { open: "connected" });
  become(peer(3), "peer.closed", "closed", "done");
  expect(failed()).toEqual([peer(1), peer(2)]);
});

test("[IP20] of two rooms by one name the one that was there holds people: who lives the newest, who left the one of their time", () => {
  const record = new ClusterRecord();
  const add = (id: string, kind: string, at: number, more: object) =>
    record.take(actorMessage({ id, kind, at, room: "atrium", ...more }));
  add("n1/room:atrium", "room", 1_000, { name: "atrium", endedAt: 2_000 });
  add("n1/room:atrium~2", "room", 3_000, { name: "atrium" });
  add("n1/session:eve", "session", 900, { name: "Eve", peers: ["eve"], endedAt: 1_900 });
  add("n1/session:ada", "session", 2_900, { name: "Ada", peers: ["ada"] });
  expect(rowsOf(record).map(({ key }) => key)).toEqual([
    "n1/#node",
    "n1/room:atrium~2",
    "n1/session:ada",
    "n1/room:atrium",
    "n1/session:eve",
  ]);
});

test("[IP20] what the server did not tell of is stood for by its name: a node, a room", () => {
  const record = new ClusterRecord();
  record.take(actorMessage({ id: "n1/session:ada", kind: "session", room: "atrium", peers: ["ada"] }));
  expect(drawn(rowsOf(record))).toEqual(["n1", "  atrium", "    n1/session:ada"]);
  expect(labelOf(record.actors.get("n1/session:ada") as never, () => "Ada")).toBe("Ada");
});

test("[IP20] a subscription says what its track shows, where the room knows it", () => {
  const record = recordOfCall();
  const detail = () => rowsOf(record).find(({ label }) => label === "From Ada")?.detail;
  expect(detail()).toBe("s1");
  const members = [{ id: "ada", name: "Ada", tracks: [{ id: "ada-t2", kind: "video", source: "camera" }] }];
  const become = (id: string, context: object) => {
    for (const text of stepMessages({ id, event: { type: "x" }, context })) record.take(text);
  };
  become("n1/room:atrium", { members });
  become("n1/subscription:bob-s1", { trackId: "ada-t2" });
  expect(detail()).toBe("camera s1");
});

test("[IP20] a room on another node says who is in it there", () => {
  const record = recordOfCall();
  const id = "n2/remote-part:atrium/3f2a";
  record.take(actorMessage({ id, node: "n2", kind: "remotePart", room: "atrium" }));
  const context = { peers: { ada: {}, "un-named": {} } };
  for (const text of stepMessages({ id, node: "n2", event: { type: "x" }, value: "heard", context })) record.take(text);
  const row = rowsOf(record).find(({ key }) => key === id);
  expect([row?.label, row?.detail]).toEqual(["Room on another node", "Ada, un-named"]);
});

test("[IP22] five thousand actors are rows, in their order", () => {
  const record = new ClusterRecord();
  for (let index = 0; index < 5_000; index += 1)
    record.take(
      actorMessage({
        id: `n1/session:s${index}`,
        name: `s${index}`,
        kind: "session",
        room: `r${index % 50}`,
        peers: [`s${index}`],
      }),
    );
  const rows = rowsOf(record, { search: "s" });
  expect(rows.length).toBe(5_051);
  expect(rows.slice(1, 4).map(({ label }) => label)).toEqual(["r0", "s0", "s50"]);
});
