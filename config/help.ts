import { settingGroups } from "../config.ts";
import type { Setting } from "./setting.ts";
import { envName, flagName } from "./setting_names.ts";
import { version } from "./version.ts";

/** The flags that are no settings. */
export const otherFlags = {
  "--config <file>": "Reads the settings of this file instead of `signalbox.json`; `SIGNALBOX_CONFIG` does the same.",
  "--help": "Prints this and ends.",
  "--version": "Prints the version and ends.",
} as const;

/** What a command line that asks for help or for the version gets, to be printed on stdout before the program ends with 0. */
export function answerCommandLine(argv: readonly string[]): string | undefined {
  if (argv.includes("--help") || argv.includes("-h")) return helpText();
  if (argv.includes("--version")) return `${version}\n`;
  return undefined;
}

/** The default of a setting as users read it. */
export function defaultText(setting: Setting<unknown>): string {
  return setting.defaultText ?? (setting.default === undefined ? "none" : String(setting.default));
}

function helpText(): string {
  const lines = ["signalbox: a clustered WebRTC server", "", "Usage: npm start -- [flags]", ""];
  for (const [title, group] of Object.entries(settingGroups)) {
    lines.push(`${title}:`);
    for (const [name, setting] of Object.entries(group)) {
      lines.push(`  ${flagName(name)} <${setting.placeholder}>`);
      lines.push(`      ${setting.meaning}`, `      ${envName(name)}; default: ${defaultText(setting)}`);
    }
    lines.push("");
  }
  lines.push("Other:");
  for (const [flag, meaning] of Object.entries(otherFlags)) lines.push(`  ${flag}`, `      ${meaning}`);
  lines.push(
    "",
    "A flag wins over its variable, and that over its key in signalbox.json (the flag without dashes in front).",
  );
  return `${lines.join("\n").replaceAll("`", "")}\n`;
}
