import Type from "typebox";
import { define, type Setting, type SettingOptions } from "./setting.ts";

/** Something that is on or off. */
export function toggle(options: SettingOptions<boolean>): Setting<boolean> {
  return define<boolean, string | boolean>(
    { ...options, defaultText: options.default ? "on" : "off" },
    {
      placeholder: "on|off",
      expected: "on or off",
      schema: Type.Union([Type.Boolean(), Type.String({ maxLength: 8 })]),
      parseText: (text) => text,
      convert: (value) => words.get(String(value)),
    },
  );
}

const words: ReadonlyMap<string, boolean> = new Map([
  ["on", true],
  ["true", true],
  ["off", false],
  ["false", false],
]);
