import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";

// Makes web/dist/call.js and web/dist/call.css, which a node serves beside web/call/index.html at /, from web/call/; with --check it
// writes nothing and fails when one of them is stale. They are kept in the repository, so that a node starts without a bundler.

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a node serves of the page, by its name in web/dist. */
export type PageBundle = Readonly<Record<"call.js" | "call.css", string>>;

/** The page's script and its style. The SDK is no part of it: the page imports the one that the node serves. */
export async function bundlePage(): Promise<PageBundle> {
  const built = (await build({
    root: `${root}web/call`,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      write: false,
      target: "es2024",
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      modulePreload: false,
      rolldownOptions: {
        input: { call: `${root}web/call/main.ts`, style: `${root}web/call/style.css` },
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
  const script = built.output.find((each) => each.type === "chunk" && each.name === "call");
  const style = built.output.find((each) => each.type === "asset" && each.fileName.endsWith(".css"));
  if (script?.type !== "chunk" || style?.type !== "asset") throw new Error("Cannot bundle the page: a part is missing");
  if (script.imports.join() !== "/client.js") throw new Error(`Cannot bundle the page: it imports ${script.imports}`);
  return { "call.js": `// Signalbox call: npm run page\n${script.code}`, "call.css": `${style.source}` };
}

/** What is served now; "" where there is nothing. */
export function readPageBundle(): PageBundle {
  return { "call.js": read("call.js"), "call.css": read("call.css") };
}

function read(name: string): string {
  try {
    return readFileSync(`${root}web/dist/${name}`, "utf8");
  } catch {
    return "";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [made, served] = [await bundlePage(), readPageBundle()];
  const stale = (Object.keys(made) as (keyof PageBundle)[]).filter((name) => made[name] !== served[name]);
  if (stale.length === 0) {
    console.log("page: nothing to change");
  } else if (process.argv.includes("--check")) {
    for (const name of stale) console.error(`web/dist/${name} is stale: run npm run page`);
    process.exitCode = 1;
  } else {
    mkdirSync(`${root}web/dist`, { recursive: true });
    for (const name of stale) writeFileSync(`${root}web/dist/${name}`, made[name]);
    console.log(`page: wrote ${stale.map((name) => `web/dist/${name}`).join(", ")}`);
  }
}
