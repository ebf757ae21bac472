import { styleText } from "node:util";

const styles = { debug: "gray", info: "green", warn: "yellow", error: "red" } as const;

/** One line of the log, as people read it on a terminal; the stacks of errors stand below it. */
export function prettyLine(json: string): string {
  const { time, level, event, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const style = styles[level as keyof typeof styles] ?? "magenta";
  const stacks: string[] = [];
  const words = Object.entries(fields).map(([name, value]) => `${styleText("dim", `${name}=`)}${show(value, stacks)}`);
  const head = `${styleText("dim", String(time).slice(11, 23))} ${styleText(style, String(level).toUpperCase().padEnd(5))}`;
  return `${[head, event, ...words].join(" ")}\n${stacks.map((stack) => `${stack.replaceAll(/^/gm, "    ")}\n`).join("")}`;
}

function show(value: unknown, stacks: string[]): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null || !("stack" in value)) return JSON.stringify(value);
  const { stack, message, ...others } = value as { stack: unknown; message?: unknown };
  stacks.push(String(stack));
  return JSON.stringify({ message, ...others });
}
