import type { WorkersVerdict } from "../../machines/workers_machine.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { describeMissingBinary } from "../edge/missing_binary.ts";

/** EX_CONFIG and EX_SOFTWARE of sysexits.h. */
export const exitCodes = { badConfig: 78, softwareFault: 70 } as const;

/** Why a program does not start, in one line where it is known; undefined for a fault of ours, whose stack is wanted. */
export function describeStartFailure(error: unknown): WorkersVerdict | undefined {
  const line = error instanceof SignalboxError ? error.message : describeMissingBinary(error);
  return line === undefined ? undefined : { exitCode: exitCodes.badConfig, line };
}
