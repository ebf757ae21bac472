import { SignalboxError } from "../../protocol/signalbox_error.ts";

/** What a call throws: the code of an expected error, or `nothing`; any other error goes on. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SignalboxError) return error.code;
    throw error;
  }
  return "nothing";
}
