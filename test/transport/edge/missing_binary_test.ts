import { expect, test } from "vitest";
import { describeMissingBinary } from "../../../transport/edge/missing_binary.ts";

const refusal = "This version of uWS.js supports only Node.js versions 18, 20, 21 and 22 on (glibc) Linux.\n\n";

test("[ED26] says in one line why uWebSockets.js cannot run here and what to do", () => {
  const here = `Node ${process.versions.node} (ABI ${process.versions.modules}) on ${process.platform} ${process.arch}`;
  const otherNode = new Error(
    `${refusal}Error: Cannot find module './bin/uws_linux_x64_137.node'\nRequire stack:\n- x`,
  );
  expect(describeMissingBinary(otherNode)).toBe(
    `Cannot load uWebSockets.js: it has no binary for ${here}; use Node 22, as "npm start" does`,
  );
  const musl = new Error(`${refusal}Error: Error loading shared library ld-linux-x86-64.so.2: No such file\nmore`);
  expect(describeMissingBinary(musl)).toBe(
    `Cannot load uWebSockets.js: its binary for ${here} does not load here: ` +
      "Error loading shared library ld-linux-x86-64.so.2: No such file (it needs glibc, which Alpine lacks)",
  );
});

test("[ED26] tells a package that is not installed, and leaves other failures alone", async () => {
  const notInstalled = Object.assign(new Error("Cannot find package 'uWebSockets.js' imported from /x.ts"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
  expect(describeMissingBinary(notInstalled)).toBe('Cannot load uWebSockets.js: it is not installed; run "npm ci"');
  expect(describeMissingBinary(new Error("Cannot find package 'xstate'"))).toBeUndefined();
  expect(describeMissingBinary("boom")).toBeUndefined();
});
