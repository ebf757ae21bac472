import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withCausesTable } from "./docs/causes_table.ts";
import { clientMessageJsonSchema, clientMessagesSection } from "./docs/client_messages.ts";
import { configurationPage } from "./docs/configuration_page.ts";
import { errorsPage } from "./docs/errors_page.ts";
import { machinePages } from "./docs/machine_pages.ts";
import { generatedNote } from "./docs/markdown.ts";

// Writes the pages of docs/ that say what the code says; with --check it writes nothing and fails when one is stale.

const folder = new URL("../docs/", import.meta.url);

/** Holds nothing but what is generated: whatever else is there is left of a machine that is gone. */
const pictureFolder = "machines/";

/** Every generated file of docs/ with its text. */
export async function generatePages(): Promise<Readonly<Record<string, string>>> {
  return {
    "configuration.md": configurationPage(),
    "errors.md": errorsPage(),
    "protocol.md": protocolPage(readFileSync(new URL("templates/protocol.md", folder), "utf8")),
    "inspect.md": withCausesTable(readFileSync(new URL("inspect.md", folder), "utf8")),
    "client_message.schema.json": clientMessageJsonSchema(),
    ...(await machinePages()),
  };
}

/** The template with its generated part in place. */
export function protocolPage(template: string): string {
  const marker = "<!-- generated: client messages -->";
  const parts = template.split(marker);
  if (parts.length !== 2) throw new Error(`Cannot make protocol.md: its template has ${marker} not exactly once`);
  return `${generatedNote}\n\n${parts.join(clientMessagesSection())}`;
}

/** The names of the pages of which docs/ holds another text, or none, and of the pictures of no machine. */
export function findStalePages(pages: Readonly<Record<string, string>>): string[] {
  const changed = Object.entries(pages)
    .filter(([name, text]) => {
      const file = new URL(name, folder);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(([name]) => name);
  return [...changed, ...listPictures().filter((name) => !(name in pages))];
}

function listPictures(): string[] {
  const pictures = new URL(pictureFolder, folder);
  if (!existsSync(pictures)) return [];
  return readdirSync(pictures)
    .sort()
    .map((name) => `${pictureFolder}${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = await generatePages();
  const stale = findStalePages(pages);
  if (process.argv.includes("--check")) {
    for (const name of stale) console.error(`docs/${name} is stale: run npm run docs`);
    if (stale.length > 0) process.exitCode = 1;
    else console.log("docs: all pages say what the code says");
  } else {
    mkdirSync(new URL(pictureFolder, folder), { recursive: true });
    for (const name of stale) {
      const text = pages[name];
      if (text === undefined) rmSync(new URL(name, folder));
      else writeFileSync(new URL(name, folder), text);
    }
    console.log(stale.length === 0 ? "docs: nothing to change" : `docs: wrote ${stale.join(", ")}`);
  }
}
