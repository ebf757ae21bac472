import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { dts, type Options } from "rolldown-plugin-dts";
import { makeManifest, makeReadme } from "./client_package.ts";

// Makes what a page, a build or a bot takes the SDK from: web/dist/client.js, which a node serves as /client.js, from web/client/, and
// web/dist/node.js from web/node/, each with its types, and what makes a package of them. With --check it writes nothing and fails when
// a file is stale. They are kept in the repository, so that a node starts without a bundler, and an installed package needs none: Node
// strips no types in node_modules.

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is bundled, in web/dist, and all that each may import. */
const files: Readonly<Record<string, { readonly input: string; readonly imports: readonly string[] }>> = {
  "client.js": { input: "web/client/mod.ts", imports: [] },
  "client.d.ts": { input: "web/client/mod.ts", imports: [] },
  "node.js": { input: "web/node/mod.ts", imports: ["./client.js"] },
  "node.d.ts": { input: "web/node/mod.ts", imports: ["./client.js", "werift"] },
};

/** What is made for npm beside the bundles. */
const texts: Readonly<Record<string, () => string>> = { "package.json": makeManifest, "README.md": makeReadme };

/** The part for Node takes the client as whoever imports both has it, so that an error is a `ClientError` to both. */
const besideClient: Plugin = {
  name: "beside-client",
  resolveId: (source) => (source === "../client/mod.ts" ? { id: "./client.js", external: true } : null),
};

const ignore = () => undefined;

/** How their types are made: by the TypeScript that checks the project, which writes to a temporary folder of the plugin's. */
const declarations: Options = {
  ...{ cwd: root, tsconfig: "tsconfig.client.json", generator: "tsgo", emitDtsOnly: true },
  // Not its news of which compiler it found, and that using this one is an experiment.
  logger: { info: ignore, warn: ignore, error: console.error },
};

/** The names of the files. */
export const bundleNames = [...Object.keys(files), ...Object.keys(texts)];

/** One of the files, as the sources have it now. */
export async function bundle(name: string): Promise<string> {
  const text = texts[name];
  if (text !== undefined) return text();
  const file = files[name];
  if (file === undefined) throw new Error(`Cannot bundle ${name}: it is none of ${bundleNames}`);
  const { input, imports } = file;
  const isTypes = name.endsWith(".d.ts");
  const platform = name.startsWith("node") ? "node" : "browser";
  const plugins = [...(platform === "node" ? [besideClient] : []), ...(isTypes ? dts(declarations) : [])];
  // Packages that only types of the sources need are left out with those.
  const packages = { external: /^[^./]/, treeshake: { moduleSideEffects: "no-external" } } as const;
  const build = await rolldown({ input: root + input, platform, ...packages, plugins, logLevel: "silent" });
  try {
    const minify = !isTypes && platform === "browser";
    // What tells bundlers that a call may be left out says nothing to a browser, and a bundler knows it of the whole package.
    const { output } = await build.generate({ format: "esm", minify, comments: { annotation: !minify } });
    const [{ code }] = output;
    const imported = [...code.matchAll(/^(?:import|export)\b(?:[^"]*\bfrom)? ?"([^"]+)"/gm)].map(
      ([, from = ""]) => from,
    );
    if (output.length !== 1 || imported.some((from) => !imports.includes(from)))
      throw new Error(`Cannot bundle ${name}: it is not one module that imports ${imports.join() || "nothing"}`);
    return `// Signalbox client: npm run client\n${code}`;
  } finally {
    await build.close();
  }
}

/** What there is now of one of the files; "" when there is nothing. */
export function readBundle(name: string): string {
  try {
    return readFileSync(`${root}web/dist/${name}`, "utf8");
  } catch {
    return "";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const made = await Promise.all(bundleNames.map(async (name) => [name, await bundle(name)] as const));
  const stale = made.filter(([name, text]) => readBundle(name) !== text);
  const names = stale.map(([name]) => `web/dist/${name}`).join(", ");
  if (stale.length === 0) {
    console.log("client: nothing to change");
  } else if (process.argv.includes("--check")) {
    console.error(`${names}: stale; run npm run client`);
    process.exitCode = 1;
  } else {
    mkdirSync(`${root}web/dist`, { recursive: true });
    for (const [name, text] of stale) writeFileSync(`${root}web/dist/${name}`, text);
    console.log(`client: wrote ${names}`);
  }
}
