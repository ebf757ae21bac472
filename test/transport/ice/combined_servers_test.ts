import { expect, test } from "vitest";
import type { IceServerSource } from "../../../actors/ports.ts";
import { CombinedServers } from "../../../transport/ice/combined_servers.ts";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import { makeOffer, openEngines } from "../media/open_engine.ts";

const named = (name: string, expiresAtMs?: number): IceServerSource => ({
  issue: (peerId) => ({
    iceServers: [{ urls: `turn:${name}`, username: peerId, credential: "hush" }],
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  }),
});

function combine(...sources: readonly IceServerSource[]) {
  const failures: unknown[] = [];
  const combined = new CombinedServers({ sources, onFailure: (error) => failures.push(error) });
  return { failures, urlsFor: (peerId: string) => combined.issue(peerId).iceServers.map(({ urls }) => urls), combined };
}

test("[IS1] the servers of all sources are issued in their order, each by the id of the peer", () => {
  const { combined } = combine(new StaticServers([{ urls: "stun:a" }, { urls: "stun:b" }]), named("c"), named("d"));
  expect(combined.issue("ann").iceServers).toEqual([
    { urls: "stun:a" },
    { urls: "stun:b" },
    { urls: "turn:c", username: "ann", credential: "hush" },
    { urls: "turn:d", username: "ann", credential: "hush" },
  ]);
});

test("[IS1] a peer connection of the node asks for servers by its own id", async () => {
  const asked: string[] = [];
  const { create } = await openEngines({
    iceServers: {
      issue: (peerId) => {
        asked.push(peerId);
        return { iceServers: [] };
      },
    },
  });
  await create().answer(await makeOffer());
  create();
  expect(asked).toEqual(["peer-1", "peer-2"]);
});

test("[IS2] servers expire with the first of them, and those of a list never", () => {
  const list = new StaticServers([{ urls: "stun:a" }]);
  expect(combine(list, named("b", 2_000), named("c", 1_000)).combined.issue("ann").expiresAtMs).toBe(1_000);
  expect("expiresAtMs" in combine(list, named("b")).combined.issue("ann")).toBe(false);
  expect(combine().combined.issue("ann")).toEqual({ iceServers: [] });
});

test("[IS3] a source that fails is told of and leaves the servers of the others", () => {
  const fault = new Error("no");
  const failing: IceServerSource = {
    issue: () => {
      throw fault;
    },
  };
  const { urlsFor, failures } = combine(named("a"), failing, { issue: () => ({ iceServers: [] }) }, named("b"));
  expect(urlsFor("ann")).toEqual(["turn:a", "turn:b"]);
  expect(failures).toEqual([fault]);
});
