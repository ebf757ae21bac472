import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What an example that imports nothing may use. */
const prelude = `
import { ClientError, joinRoom, listDevices, openCamera, type RemoteTrack, Room } from "signalbox/client";
declare const button: HTMLButtonElement;
declare const video: HTMLVideoElement;
`;
const roomPrelude = "declare const room: Room;\n";

/** Each example as a module of its own. */
function examplesOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => {
    if (/^import /m.test(code)) return code;
    return `${prelude}${/\bconst room\b/.test(code) ? "" : roomPrelude}${code}export {};\n`;
  });
}

/** Type-checks modules; resolves to what the compiler says, "" when all is right. */
async function check(modules: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-examples-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [index, code] of modules.entries()) writeFileSync(join(folder, `example_${index}.ts`), code);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const config = {
    extends: join(root, "web/node/tsconfig.json"),
    compilerOptions: {
      noUnusedLocals: false,
      typeRoots: [join(root, "node_modules/@types")],
      paths: {
        "signalbox/client": [join(root, "web/client/mod.ts")],
        "signalbox/client/node": [join(root, "web/node/mod.ts")],
        werift: [join(root, "node_modules/werift/lib/webrtc/src/index.d.ts")],
      },
    },
    include: [folder],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/.bin/tsc");
  return await promisify(execFile)(compiler, ["-p", folder]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

const examples = examplesOf(readFileSync(join(root, "docs/client.md"), "utf8"));

test("[CL88] every example of docs/client.md is right by its types", async () => {
  expect(examples.length).toBeGreaterThan(8);
  expect(await check(examples)).toBe("");
});

test("[CL88] an example that calls what is not there is found", async () => {
  expect(await check([`${prelude}${roomPrelude}room.publishHologram();`])).toContain("publishHologram");
});
