import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { connectionCauses } from "../../protocol/connection_cause.ts";
import { withCausesTable } from "../../scripts/docs/causes_table.ts";

const page = readFileSync(new URL("../../docs/inspect.md", import.meta.url), "utf8");

test("[XP62] the page on looking inside has the table of causes as the code says it", () => {
  expect(withCausesTable(page)).toBe(page);
  for (const [code, { meaning, remedy }] of Object.entries(connectionCauses)) {
    for (const part of [`| \`${code}\` |`, meaning, remedy]) expect(page).toContain(part);
  }
  expect(withCausesTable(page.replace("`udp-blocked`", "`something`"))).toBe(page);
  expect(() => withCausesTable("no table")).toThrow(/Cannot write the causes/);
});

test("[XP62] whatever is not well has a remedy", () => {
  for (const { isWell, remedy } of Object.values(connectionCauses)) if (!isWell) expect(remedy).not.toBe("");
});
