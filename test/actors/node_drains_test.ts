import { expect, test } from "vitest";
import { NodeDrains } from "../../actors/node_drains.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { joinCluster } from "./start_supervisor.ts";

/** A node that counts how often it is asked to drain. */
function join(origin: string, hub: LocalHub) {
  const { bus, subjects, nodes, sessions } = joinCluster(origin, { hub });
  const asked = { count: 0 };
  const drains = new NodeDrains({
    bus,
    subjects,
    nodes,
    countSessions: () => sessions.count,
    onRequested: () => {
      asked.count += 1;
    },
  });
  nodes.start();
  return { nodes, sessions, drains, asked };
}

test("[RC5] any node has any other one drained, once, and says of all what they do", async () => {
  const hub = new LocalHub();
  const [a, b, c] = [join("a", hub), join("b", hub), join("c", hub)];
  a.sessions.count = 2;
  await eventually(() => a.drains.list().length === 3, { what: "all nodes to be seen" });
  expect(await a.drains.request("b-name")).toBe("draining");
  expect(await c.drains.request("b-name")).toBe("draining");
  expect([a.asked.count, b.asked.count, c.asked.count]).toEqual([0, 1, 0]);
  await eventually(() => a.drains.list()[1]?.state === "draining", { what: "the drain to be seen" });
  expect(a.drains.list()).toEqual([
    { id: "a-name", state: "ready", sessions: 2 },
    { id: "b-name", state: "draining", sessions: 0 },
    { id: "c-name", state: "ready", sessions: 0 },
  ]);
  expect(await a.drains.request("a-name")).toBe("draining");
  expect([a.asked.count, a.drains.list()[0]?.state]).toEqual([1, "draining"]);
});

test("[RC5] of a node that there is not, or that does not answer, it is said", async () => {
  const hub = new LocalHub();
  const [a, b] = [join("a", hub), join("b", hub)];
  expect(await a.drains.request("nobody")).toBe("no-such-node");
  await eventually(() => a.drains.list().length === 2, { what: "the other to be seen" });
  b.drains.stop();
  expect(await a.drains.request("b-name")).toBe("unanswered");
  expect(b.asked.count).toBe(0);
});
