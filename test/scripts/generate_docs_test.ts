import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { clientMessageSchemas } from "../../protocol/client_message.ts";
import { errorCodes } from "../../protocol/signalbox_error.ts";
import { machineList } from "../../scripts/docs/machine_list.ts";
import { findStalePages, generatePages, protocolPage } from "../../scripts/generate_docs.ts";
import { allMachines } from "../kit/all_machines.ts";

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

let pages: Readonly<Record<string, string>>;
beforeAll(async () => {
  pages = await generatePages();
}, 120_000);

test("[CF19] the pages name every setting, error code and client message", () => {
  for (const code of Object.keys(errorCodes)) expect(pages["errors.md"]).toContain(`| \`${code}\` |`);
  expect(pages["configuration.md"]).toContain("| `--max-frame-bytes` | `SIGNALBOX_MAX_FRAME_BYTES` | `262144` |");
  for (const type of Object.keys(clientMessageSchemas)) {
    expect(pages["protocol.md"]).toContain(`### \`${type}\``);
    expect(pages["client_message.schema.json"]).toContain(`"const": "${type}"`);
  }
});

test("[CF19] a page that differs from what the code says is stale", () => {
  expect(findStalePages(pages)).toEqual([]);
  expect(findStalePages({ ...pages, "errors.md": "other" })).toEqual(["errors.md"]);
  expect(findStalePages({ ...pages, "none.md": "" })).toEqual(["none.md"]);
});

test("[CH10] the page of machines shows every machine", async () => {
  const machines = await allMachines();
  expect(machineList.map(({ file }) => file).sort()).toEqual([...machines.keys()]);
  for (const { file, machine, runBy } of machineList) {
    expect(machine).toBe(machines.get(file));
    expect(pages["machines.md"]).toContain(`(machines/${file}.svg)`);
    expect(pages[`machines/${file}.svg`]).toContain(`data-state="${machine.id}"`);
    for (const actor of runBy) expect(read(actor), actor).toContain(`machines/${file}.ts`);
  }
});

test("[CH10] a picture that differs from its machine, or is of none, is stale", () => {
  const { "machines/room_machine.svg": room = "", ...others } = pages;
  expect(findStalePages({ ...pages, "machines/room_machine.svg": `${room} ` })).toEqual(["machines/room_machine.svg"]);
  expect(findStalePages(others)).toEqual(["machines/room_machine.svg"]);
});

test("[CF19] a template without its place for the messages is refused", () => {
  expect(() => protocolPage("nothing")).toThrow(/not exactly once$/);
});

test("[CF20] every dependency has its reason in docs/dependencies.md, and its version is exact", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  const reasons = [...read("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| \S/gm)].map((match) => match[1]);
  const all = { ...dependencies, ...devDependencies };
  expect(reasons.toSorted()).toEqual(Object.keys(all).sort());
  for (const [name, version] of Object.entries(all)) expect(version, name).toMatch(/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/);
});
