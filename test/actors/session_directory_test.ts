import { expect, test } from "vitest";
import { createSubjects } from "../../protocol/subjects.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf, typesOf } from "./start_cluster.ts";

const subjects = createSubjects("test");

test("[RC10] a session is found while it is in a room, and nobody listens for it before and after", async () => {
  const { hub, home, ada } = await startCluster();
  const asker = hub.connect("asker");
  const ask = (session: string) =>
    asker
      .request(subjects.session(session, "resume"), new TextEncoder().encode('{"v":1,"type":"locate","session":"x"}'), {
        timeoutMs: 2_000,
      })
      .then(
        (answer) => JSON.parse(new TextDecoder().decode(answer)),
        (error) => error.code,
      );
  const outside = home.openClient();
  expect(await ask(outside.id)).toBe("no-responders");
  expect(await ask(ada.id)).toEqual({ v: 1, type: "located", origin: "a-", isHere: true });
  ada.end(1006);
  expect(await ask(ada.id)).toMatchObject({ isHere: true });
  await outside.join();
  expect(await ask(outside.id)).toMatchObject({ isHere: true });
  outside.say({ type: "leave" });
  await eventually(async () => (await ask(outside.id)) === "no-responders", { what: "the session to be let go" });
  await home.supervisor.closeAll(1012, "");
  expect(await ask(ada.id)).toBe("no-responders");
});

test("[RC11] a session that ended is not taken up elsewhere while its node lives to say so", async () => {
  const { edge, ada, bob } = await startCluster();
  const token = tokenOf(ada);
  ada.say({ type: "leave" });
  await bob.next("peer-left");
  const back = edge.openClient();
  back.say({ type: "resume", token, ref: 1 });
  expect(await back.next("error")).toMatchObject({ code: "session-gone", ref: 1 });
  await back.join();
});

test("[RC11] a session whose node is gone is taken up at once, by the first that is asked, and found there by the next", async () => {
  const { home, edge, third, ada, comeBack } = await startCluster();
  const token = tokenOf(ada);
  await home.cluster.bus.close();
  const back = await comeBack(edge);
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
  // With the token of before: the answer may have been lost with its socket.
  const again = await comeBack(third, token);
  expect(again.received.seen[0]).toMatchObject({ fresh: false, peer: ada.id });
  expect(await back.next("closed")).toMatchObject({ code: 4409 });
});

test("[RC11] two that come back at the same time on two nodes have one session in the end", async () => {
  const { home, edge, third, ada } = await startCluster();
  const token = tokenOf(ada);
  await home.cluster.bus.close();
  const clients = [edge.openClient(), third.openClient()];
  for (const client of clients) client.say({ type: "resume", token });
  for (const client of clients) await client.next("resumed");
  await eventually(() => edge.supervisor.sessionCount + third.supervisor.sessionCount === 1, {
    what: "one to be left",
  });
  const ends = clients.flatMap((client) => client.received.seen.filter(({ type }) => type === "closed"));
  expect(ends).toEqual([{ type: "closed", code: 4409, reason: "replaced" }]);
});

test("[RC12] a node that does not answer keeps nobody out, and gives the session up when it is heard of again", async () => {
  let delayMs = 0;
  const hub = new LocalHub({ route: ({ to }) => (to === "a-" ? delayMs : 0) });
  const { home, edge, ada, bob, comeBack } = await startCluster({ hub });
  // As a process that is stopped: what comes waits.
  delayMs = 3_000;
  const back = await comeBack(edge);
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
  expect(ada.take()).toEqual([]);
  delayMs = 0;
  expect(await ada.next("closed")).toMatchObject({ code: 4409, reason: "replaced" });
  expect(ada.received.seen.at(-2)).toEqual({ type: "peer-left", peer: ada.id, reason: "replaced" });
  await eventually(() => home.supervisor.sessionCount === 1, { what: "the older one to end" });
  for (const client of [bob, back]) expect(typesOf(client)).not.toContain("peer-left");
});

test("[RC12] a node that is cut off takes a session up, and the older one ends once the link is back", async () => {
  const { home, edge, ada, bob, comeBack } = await startCluster();
  await ada.connect();
  ada.end(1006);
  await bob.next("peer-updated");
  edge.cluster.bus.cutOff();
  const back = await comeBack(edge);
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
  expect(home.supervisor.peerCount).toBe(1);
  edge.cluster.bus.mend();
  // It goes on for a moment, as it would while its client moves.
  await eventually(() => home.supervisor.peerCount === 0, {
    what: "the older peer connection to end",
    timeoutMs: 15_000,
  });
  for (const client of [bob, back]) expect(typesOf(client)).not.toContain("peer-left");
});

test("[RC12] a link that is cut for a moment is waited for", async () => {
  const { edge, ada } = await startCluster();
  edge.cluster.bus.cutOff();
  const back = edge.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  edge.cluster.bus.mend();
  expect(await back.next("resumed")).toMatchObject({ fresh: false });
});

test("[RC30] a node that was cut off gives up what was taken up elsewhere meanwhile", async () => {
  const { home, edge, ada, comeBack } = await startCluster();
  home.cluster.bus.cutOff();
  const back = await comeBack(edge);
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
  home.cluster.bus.mend();
  expect(await ada.next("closed")).toMatchObject({ code: 4409, reason: "replaced" });
  expect(typesOf(back)).not.toContain("closed");
});

test("[RC30] a claim that was lost is made again when the two nodes see each other again", async () => {
  const parted = new Set<string>();
  const hub = new LocalHub({ route: ({ from, to }) => (parted.has(from) !== parted.has(to) ? undefined : 0) });
  const { home, edge, third, ada, comeBack } = await startCluster({ hub });
  parted.add("a-");
  const back = await comeBack(edge);
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
  for (const { cluster } of [home, edge, third]) cluster.pass(8_000);
  expect(edge.cluster.nodes.has("a-")).toBe(false);
  parted.clear();
  for (const { cluster } of [home, edge, third]) cluster.pass(2_000);
  expect(await ada.next("closed")).toMatchObject({ code: 4409 });
  expect(typesOf(back)).not.toContain("closed");
});

test("[RC13] a node that stops lets its sessions be taken up", async () => {
  const { home, edge, ada, comeBack } = await startCluster();
  home.supervisor.stopAnswering();
  await home.supervisor.closeAll(1012, "shutting-down");
  const back = await comeBack(edge, tokenOf(ada));
  expect(back.received.seen[0]).toMatchObject({ fresh: true, peer: ada.id });
});

test("[RC3] what is no question of this version is not answered, and does no harm", async () => {
  const { hub, home, edge, ada, comeBack } = await startCluster();
  const stranger = hub.connect("stranger");
  for (const text of [
    "",
    "{}",
    '{"v":2,"type":"locate","session":"x"}',
    '{"v":1,"type":"claim","origin":"z","epoch":0}',
  ]) {
    const bytes = new TextEncoder().encode(text);
    stranger.publish(subjects.session(ada.id, "resume"), bytes);
    stranger.publish(subjects.node("a-", "sessions"), bytes);
  }
  expect((await comeBack(edge)).received.seen[0]).toMatchObject({ fresh: false });
  expect(home.log.errors).toEqual([]);
});

test("[RC3] a node that left the cluster leaves nothing on the bus", async () => {
  const { hub, home, edge, comeBack } = await startCluster();
  await comeBack(edge);
  const asker = hub.connect("asker");
  for (const { supervisor, cluster } of [home, edge]) {
    await supervisor.closeAll(1012, "");
    supervisor.leaveCluster();
    cluster.nodes.stop();
    for (const what of ["home", "edge", "sessions", "nodes"]) {
      const asked = asker.request(subjects.node(cluster.nodes.origin, what), new Uint8Array(), { timeoutMs: 2_000 });
      await expect(asked, what).rejects.toMatchObject({ code: "no-responders" });
    }
    const published = cluster.bus.counts.published;
    cluster.pass(20_000);
    expect(cluster.bus.counts.published).toBe(published);
  }
});
