import { defaultText, otherFlags } from "../../config/help.ts";
import type { Setting } from "../../config/setting.ts";
import { envName, fileKey, flagName } from "../../config/setting_names.ts";
import { settingGroups } from "../../config.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

/** docs/configuration.md: all settings. */
export function configurationPage(): string {
  const sections = Object.entries(settingGroups).map(([title, group]) => `## ${title}\n\n${settingsTable(group)}`);
  const others = Object.entries(otherFlags).map(([flag, meaning]) => [`\`${flag}\``, meaning]);
  return `${generatedNote}

# Configuration

A setting can be a flag (\`npm start -- --port 9000\`), an environment variable (\`SIGNALBOX_PORT=9000\`) or a key in
\`signalbox.json\` in the working directory (\`{"port":9000}\`; the key is the flag without its dashes in front). A flag wins
over a variable, a variable over the file, and the file over the default. An empty variable counts as not set.

A value that is not allowed stops the start with exit code 78 and one line that names the setting, the value and what was
expected. So do flags and keys that do not exist; a variable \`SIGNALBOX_...\` that does not exist is a warning.

${sections.join("\n\n")}

## Other flags

${markdownTable(["flag", "meaning"], others)}
`;
}

function settingsTable(group: Readonly<Record<string, Setting<unknown>>>): string {
  const rows = Object.entries(group).map(([name, setting]) => [
    `\`${flagName(name)}\``,
    `\`${envName(name)}\``,
    defaultCell(setting),
    `${setting.meaning} Value: ${setting.expected}.${name === "iceServers" ? ` In the file: \`${fileKey(name)}\` holds the array itself.` : ""}`,
  ]);
  return markdownTable(["flag", "environment", "default", "meaning"], rows);
}

function defaultCell(setting: Setting<unknown>): string {
  const text = defaultText(setting);
  return setting.defaultText === undefined && setting.default !== undefined ? `\`${text}\`` : text;
}
