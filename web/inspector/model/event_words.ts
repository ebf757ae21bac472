import type { StepEvent } from "./step.ts";

/** An event in a few words: of a message what message it is, of a timer which. */
export function eventWords(event: StepEvent): string {
  const { type } = event;
  if (type === "message.received" || type === "message.sent") {
    const message = event["message"] as { readonly type?: unknown } | null | undefined;
    return typeof message?.type === "string" ? `${type === "message.sent" ? "told" : "said"} ${message.type}` : type;
  }
  const timer = /^xstate\.after\.([^.]+)\./.exec(type)?.[1];
  if (timer !== undefined) return /^\d+$/.test(timer) ? `after ${timer} ms` : `after ${timer}`;
  const ended = /^xstate\.(done|error)\.actor\.(.*)$/.exec(type);
  if (ended !== null) return `${ended[2]} ${ended[1] === "done" ? "done" : "failed"}`;
  return { "xstate.init": "started", "xstate.stop": "stopped" }[type] ?? type;
}
