import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";

// Makes what a node serves of its pages, web/dist/call.* from web/call/ and web/dist/inspector* from web/inspector/; with --check it
// writes nothing and fails when one of them is stale. They are kept in the repository, so that a node starts without a bundler.

const root = fileURLToPath(new URL("..", import.meta.url));

/** What is made, by its name in web/dist. */
const names = ["call.js", "call.css", "inspector.js", "inspector.css", "inspector-layout.js"] as const;

/** What a node serves of its pages, by the name in web/dist. */
export type PageBundle = Readonly<Record<(typeof names)[number], string>>;

/** The licence of what is in the chunk that lays out charts, and where its source is (EPL-2.0, 3.2). */
const elkNote = `/*! This file contains elkjs 0.12.1 (https://github.com/kieler/elkjs), under the Eclipse Public License 2.0:
 *  SPDX-License-Identifier: EPL-2.0, https://www.eclipse.org/legal/epl-2.0/. Its source is at the address above. */`;

/** The scripts and styles of all pages. */
export async function bundlePage(): Promise<PageBundle> {
  // The SDK is no part of the call: the page imports the one that the node serves.
  const call = await bundle({ folder: "call", input: { call: "main.ts", style: "style.css" } });
  if (call.imports.join() !== "/client.js") throw new Error(`Cannot bundle the call: it imports ${call.imports}`);
  const inspector = await bundle({ folder: "inspector", input: { inspector: "main.ts", style: "style.css" } });
  // By itself, since only a chart needs it, and it is many times as long as the page.
  const layout = await bundle({ folder: "inspector", input: { layout: "chart/layout_worker.ts" } });
  const strangers = [...inspector.imports, ...layout.imports];
  if (strangers.length > 0) throw new Error(`Cannot bundle the inspector: it imports ${strangers}`);
  return {
    "call.js": `// Signalbox call: npm run page\n${call.script}`,
    "call.css": call.style,
    "inspector.js": `// Signalbox inspector: npm run page\n${inspector.script}`,
    "inspector.css": inspector.style,
    "inspector-layout.js": `// Signalbox inspector, the layout of statecharts: npm run page\n${elkNote}\n${layout.script}`,
  };
}

interface PageSource {
  /** In web/. */
  readonly folder: string;
  /** The script first. */
  readonly input: Readonly<Record<string, string>>;
}

async function bundle({ folder, input }: PageSource) {
  const from = `${root}web/${folder}`;
  const built = (await build({
    root: from,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      target: "es2024",
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      modulePreload: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, `${from}/${file}`])),
        output: { format: "esm" },
      },
    },
    plugins: [
      {
        name: "sdk-as-served",
        enforce: "pre",
        resolveId: (id: string) => (id.endsWith("/client/mod.ts") ? { id: "/client.js", external: "absolute" } : null),
      },
    ],
  })) as Rolldown.RolldownOutput;
  const [name] = Object.keys(input);
  const script = built.output.find((each) => each.type === "chunk" && each.name === name);
  const style = built.output.find((each) => each.type === "asset" && each.fileName.endsWith(".css"));
  if (script?.type !== "chunk" || ("style" in input && style?.type !== "asset"))
    throw new Error(`Cannot bundle web/${folder}: a part is missing`);
  return {
    script: script.code,
    style: style?.type === "asset" ? `${style.source}` : "",
    imports: [...script.imports, ...script.dynamicImports],
  };
}

/** What is served now; "" where there is nothing. */
export function readPageBundle(): PageBundle {
  return Object.fromEntries(names.map((name) => [name, read(name)])) as PageBundle;
}

function read(name: string): string {
  try {
    return readFileSync(`${root}web/dist/${name}`, "utf8");
  } catch {
    return "";
  }
}

function sizeOf(text: string): string {
  return `${(gzipSync(text).length / 1_000).toFixed(1)} kB gzipped`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [made, served] = [await bundlePage(), readPageBundle()];
  const stale = names.filter((name) => made[name] !== served[name]);
  if (stale.length === 0) {
    console.log("page: nothing to change");
  } else if (process.argv.includes("--check")) {
    for (const name of stale) console.error(`web/dist/${name} is stale: run npm run page`);
    process.exitCode = 1;
  } else {
    mkdirSync(`${root}web/dist`, { recursive: true });
    for (const name of stale) writeFileSync(`${root}web/dist/${name}`, made[name]);
    for (const name of names)
      console.log(`page: ${stale.includes(name) ? "wrote" : "kept"} web/dist/${name}, ${sizeOf(made[name])}`);
  }
}
