import { expect, test } from "vitest";
import { feedQuery, readAddress, writeAddress } from "../../../../web/inspector/model/view_address.ts";

test("[IP10] an address brings back all that was looked at", () => {
  const address = {
    filter: { node: ["n1"], room: ["a room & more", "b"], peer: [], kind: ["peer"] },
    actorId: "n1/session:ada/ada-1",
    step: "n1:42",
    tab: "context",
    search: "ada #1",
    states: ["failed", "connecting"],
    kinds: ["peer"],
    isEndedHidden: true,
  } as const;
  const url = new URL(`http://node/inspector${writeAddress(address)}`);
  expect(readAddress(url)).toEqual(address);
  expect(url.hash).toContain("actor=n1/session:ada/ada-1");
  expect(new URLSearchParams(feedQuery(address.filter)).getAll("room")).toEqual(["a room & more", "b"]);
});

test("[IP10] an address that says nothing, or nonsense, is everything at the moment", () => {
  expect(writeAddress(readAddress({ search: "", hash: "" }))).toBe("");
  expect(readAddress({ search: "?x=1", hash: "#tab=nothing&step=" })).toMatchObject({ tab: "statechart", step: null });
});
