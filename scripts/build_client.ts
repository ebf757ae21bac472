import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

// Makes web/dist/client.js, which a node serves as /client.js, from web/client/; with --check it writes nothing and fails when the
// file is stale. It is kept in the repository, so that a node starts without a bundler.

const root = fileURLToPath(new URL("..", import.meta.url));
const output = `${root}web/dist/client.js`;

/** The SDK as one ES module without dependencies. */
export async function bundleClient(): Promise<string> {
  const build = await rolldown({ input: `${root}web/client/mod.ts`, platform: "browser", logLevel: "warn" });
  try {
    const { output: chunks } = await build.generate({ format: "esm", minify: true });
    const [chunk] = chunks;
    const imports = chunk.imports.length + chunk.dynamicImports.length;
    if (chunks.length !== 1 || imports > 0) throw new Error("Cannot bundle the client: it is not one module");
    return `// Signalbox client: npm run client\n${chunk.code}`;
  } finally {
    await build.close();
  }
}

/** What is served now; "" when there is nothing. */
export function readBundle(): string {
  try {
    return readFileSync(output, "utf8");
  } catch {
    return "";
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bundle = await bundleClient();
  if (readBundle() === bundle) {
    console.log("client: nothing to change");
  } else if (process.argv.includes("--check")) {
    console.error("web/dist/client.js is stale: run npm run client");
    process.exitCode = 1;
  } else {
    mkdirSync(`${root}web/dist`, { recursive: true });
    writeFileSync(output, bundle);
    console.log("client: wrote web/dist/client.js");
  }
}
