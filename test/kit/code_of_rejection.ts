import { SignalboxError } from "../../protocol/signalbox_error.ts";

/** What a promise rejects with: the code of an expected error, or `nothing` when it resolves; any other error goes on. */
export async function codeOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SignalboxError) return error.code;
    throw error;
  }
  return "nothing";
}
