import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { clientMessageJsonSchema, clientMessagesSection } from "./docs/client_messages.ts";
import { configurationPage } from "./docs/configuration_page.ts";
import { errorsPage } from "./docs/errors_page.ts";
import { generatedNote } from "./docs/markdown.ts";

// Writes the pages of docs/ that say what the code says; with --check it writes nothing and fails when one is stale.

const folder = new URL("../docs/", import.meta.url);

/** Every generated file of docs/ with its text. */
export function generatePages(): Readonly<Record<string, string>> {
  return {
    "configuration.md": configurationPage(),
    "errors.md": errorsPage(),
    "protocol.md": protocolPage(readFileSync(new URL("templates/protocol.md", folder), "utf8")),
    "client_message.schema.json": clientMessageJsonSchema(),
  };
}

/** The template with its generated part in place. */
export function protocolPage(template: string): string {
  const marker = "<!-- generated: client messages -->";
  const parts = template.split(marker);
  if (parts.length !== 2) throw new Error(`Cannot make protocol.md: its template has ${marker} not exactly once`);
  return `${generatedNote}\n\n${parts.join(clientMessagesSection())}`;
}

/** The names of the pages of which docs/ holds another text, or none. */
export function findStalePages(pages = generatePages()): string[] {
  return Object.entries(pages)
    .filter(([name, text]) => {
      const file = new URL(name, folder);
      return !existsSync(file) || readFileSync(file, "utf8") !== text;
    })
    .map(([name]) => name);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = findStalePages();
  if (process.argv.includes("--check")) {
    for (const name of stale) console.error(`docs/${name} is stale: run npm run docs`);
    if (stale.length > 0) process.exitCode = 1;
    else console.log("docs: all pages say what the code says");
  } else {
    const pages = generatePages();
    for (const name of stale) writeFileSync(new URL(name, folder), pages[name] ?? "");
    console.log(stale.length === 0 ? "docs: nothing to change" : `docs: wrote ${stale.join(", ")}`);
  }
}
