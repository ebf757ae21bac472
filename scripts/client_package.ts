import { readFileSync } from "node:fs";

// What makes web/dist a package of its own beside the bundles: its package.json and its README.md, of what is said elsewhere already.

const root = new URL("../", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), "utf8");

/** What of the repository's package.json is the client's, too. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: { readonly werift: string };
}

/** The client's package.json: no dependency, and werift only where somebody runs bots. */
export function makeManifest(): string {
  const { name, version, license, dependencies } = JSON.parse(read("package.json")) as Manifest;
  const entry = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  const manifest = {
    "//": "Made by npm run client.",
    name,
    version,
    description: "The client of Signalbox, a WebRTC server: joins rooms in a browser, and in Node on werift.",
    license,
    type: "module",
    exports: { "./client": entry("client"), "./client/node": entry("node") },
    files: ["client.js", "client.d.ts", "node.js", "node.d.ts"],
    sideEffects: false,
    // Of the client in Node; what is built for browsers needs none.
    engines: { node: ">=22" },
    peerDependencies: { werift: dependencies.werift },
    peerDependenciesMeta: { werift: { optional: true } },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The client's README.md: docs/client.md, without the links that lead out of it. */
export function makeReadme(): string {
  return read("docs/client.md").replaceAll(/\[([^\]]+)\]\((?!#|https?:)[^)]+\)/g, "$1");
}
