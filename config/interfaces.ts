import Type from "typebox";
import { define, type Setting, type SettingOptions } from "./setting.ts";

const maxInterfaces = 16;
const maxNameLength = 64;

/** Names of network interfaces and addresses of this machine; whoever opens sockets knows which there are. */
export function interfaces(options: SettingOptions<readonly string[]>): Setting<readonly string[]> {
  return define<readonly string[], string | string[]>(options, {
    placeholder: "name|ip,...",
    expected: `names of network interfaces or addresses of this machine, separated by commas, at most ${maxInterfaces}`,
    schema: Type.Union([
      Type.String({ maxLength: (maxNameLength + 1) * maxInterfaces }),
      Type.Array(Type.String({ maxLength: maxNameLength }), { maxItems: maxInterfaces }),
    ]),
    parseText: (text) => text,
    convert: (value) => {
      const list = (typeof value === "string" ? value.split(",") : value).map((entry) => entry.trim());
      const isUsable = (name: string) => name !== "" && name.length <= maxNameLength;
      return list.length > 0 && list.length <= maxInterfaces && list.every(isUsable) ? [...new Set(list)] : undefined;
    },
  });
}
