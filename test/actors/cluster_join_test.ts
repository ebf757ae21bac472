import { expect, test } from "vitest";
import { eventually } from "../kit/eventually.ts";
import { startCluster } from "./start_cluster.ts";

test("[XR30] who comes in is told first that it is in, and who is in the room on other nodes", async () => {
  const { home, edge, ada } = await startCluster();
  const eve = edge.openClient();
  eve.say({ type: "join", room: "atrium", name: "Eve" });
  const joined = await eve.next("joined");
  expect(eve.received.seen[0]).toBe(joined);
  expect(joined).toMatchObject({ peers: expect.arrayContaining([expect.objectContaining({ id: ada.id })]) });
  await eventually(() => ada.take().some((message) => message.type === "peer-joined"), { what: "the others to hear" });
  expect(eve.take().map(({ type }) => type)).not.toContain("peer-joined");
  expect([home.supervisor.roomCount, edge.supervisor.roomCount]).toEqual([1, 1]);
});

test("[RM78] who comes and goes is logged at info on its own node, and at debug on the others", async () => {
  const { home, edge, ada } = await startCluster();
  const eve = edge.openClient();
  await eve.join("atrium", { name: "Eve" });
  await eventually(() => ada.take().some((message) => message.type === "peer-joined"), { what: "the others to hear" });
  eve.say({ type: "leave" });
  await eventually(() => ada.take().some((message) => message.type === "peer-left"), { what: "the others to hear" });
  const linesOf = ({ log }: typeof home) =>
    log.entries
      .filter(({ event, fields }) => /^member /.test(event) && fields["peer"] === eve.id)
      .map(({ level, event }) => `${level} ${event}`);
  expect(linesOf(edge)).toEqual(["info member joined", "info member left"]);
  expect(linesOf(home)).toEqual(["debug member joined", "debug member left"]);
});
