import type { ServerMessage } from "../../protocol/server_message.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { type FakeClient, type SupervisorSetup, startSupervisor } from "./start_supervisor.ts";

/** The resume token of the last thing that has one. */
export function tokenOf(client: FakeClient): string {
  const entry = client.received.seen.findLast((message) => "resume" in message);
  return (entry as Extract<ServerMessage, { type: "joined" }>).resume;
}

export function typesOf(client: FakeClient): string[] {
  return client.take().map(({ type }) => type);
}

/** Three nodes of one cluster; Ada and Bob are in a room on the first. */
export async function startCluster(setup: SupervisorSetup = {}) {
  const hub = setup.hub ?? new LocalHub();
  const start = (node: string) => startSupervisor({ ...setup, node, hub });
  const [home, edge, third] = [start("a-"), start("b-"), start("c-")] as const;
  await eventually(() => [home, edge, third].every(({ cluster }) => [...cluster.nodes.nodes].length === 2), {
    what: "the nodes to know each other",
  });
  const [ada, bob] = [home.openClient(), home.openClient()];
  await ada.join("atrium", { name: "Ada" });
  await bob.join("atrium", { name: "Bob" });
  for (const client of [ada, bob]) client.take();
  /** A new socket of Ada's on a node. */
  const comeBack = async (node: typeof home, token = tokenOf(ada)) => {
    const client = node.openClient();
    client.say({ type: "resume", token, ref: "r" });
    await client.next("resumed");
    return client;
  };
  return { hub, home, edge, third, ada, bob, comeBack };
}
