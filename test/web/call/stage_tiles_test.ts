import { expect, test } from "vitest";
import type { Person } from "../../../web/call/person.ts";
import type { Picture } from "../../../web/call/picture.ts";
import { arrangeTiles, indexAfterKey } from "../../../web/call/stage_tiles.ts";

const screen = {} as Picture;

function person(id: string, more: Partial<Person> = {}): Person {
  const isSelf = id === "self";
  const rest = { isReconnecting: false, isHeard: true, quality: "good", camera: null, screen: null } as const;
  return { id, name: id, isSelf, ...rest, ...more };
}

function keysOf(people: readonly Person[], pinned: string | null = null) {
  const { featured, tiles } = arrangeTiles(people, pinned);
  return [featured?.key ?? null, tiles.map(({ key }) => key)];
}

test("[CP36] what is pinned is large, even beside a screen, until it is unpinned or gone", () => {
  const people = [person("self"), person("bo"), person("cy", { screen })];
  expect(keysOf(people)).toEqual(["screen:cy", ["person:self", "person:bo", "person:cy"]]);
  expect(keysOf(people, "person:bo")).toEqual(["person:bo", ["screen:cy", "person:self", "person:cy"]]);
  expect(keysOf(people, "person:gone")[0]).toBe("screen:cy");
});

test("[CP36, CP47] one's own screen is the last tile, and large only when it is pinned", () => {
  const people = [person("self", { screen }), person("bo"), person("cy")];
  expect(keysOf(people)).toEqual([null, ["person:self", "person:bo", "person:cy", "screen:self"]]);
  expect(keysOf(people, "screen:self")[0]).toBe("screen:self");
});

test("[CP1] of two people the other one is large, alone nobody is", () => {
  expect(keysOf([person("self"), person("bo")])).toEqual(["person:bo", ["person:self"]]);
  expect(keysOf([person("self")])).toEqual([null, ["person:self"]]);
  expect(keysOf([person("self", { screen })])).toEqual([null, ["person:self", "screen:self"]]);
});

test("[CP36] arrows lead from tile to tile, and stop at the ends", () => {
  const next = (key: string, index: number) => indexAfterKey(key, index, 3);
  expect([next("ArrowRight", 0), next("ArrowDown", 2), next("ArrowLeft", 1), next("ArrowUp", 0)]).toEqual([1, 2, 0, 0]);
  expect([next("Home", 2), next("End", 0), next("Enter", 1), next("m", 1)]).toEqual([0, 2, undefined, undefined]);
});
