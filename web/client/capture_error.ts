import { ClientError, type ClientErrorCode } from "./client_error.ts";

/** What the names of `getUserMedia`'s and `getDisplayMedia`'s errors mean (W3C Media Capture and Streams, 10.2). */
const codes: Readonly<Record<string, readonly [ClientErrorCode, string]>> = {
  NotAllowedError: ["permission-denied", "the browser or the person said no"],
  SecurityError: ["permission-denied", "the page's policy forbids it"],
  NotFoundError: ["device-not-found", "there is none"],
  NotReadableError: ["device-in-use", "it does not start"],
  AbortError: ["capture-failed", "it does not start"],
  OverconstrainedError: ["overconstrained", "none is as wished"],
  InvalidStateError: ["capture-failed", "the page has no focus, or it was not asked for by a click"],
};

/** Why a device or a screen could not be opened. */
export function captureError(
  error: unknown,
  source: "camera" | "microphone" | "camera and microphone" | "screen",
): ClientError {
  if (error instanceof ClientError) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const [code, why] = codes[name] ?? ["capture-failed", String(error)];
  // A dialog that was closed and a permission that was refused look the same for a screen.
  const isCanceled = source === "screen" && name === "NotAllowedError";
  const constraint = error instanceof Error && "constraint" in error ? ` (${error.constraint})` : "";
  const what = `Cannot open the ${source}: ${why}${constraint}`;
  return new ClientError(isCanceled ? "capture-canceled" : code, what, { cause: error });
}
