import { expect, test } from "vitest";
import { errorCodes } from "../../../protocol/signalbox_error.ts";
import { captureError } from "../../../web/client/capture_error.ts";
import { ClientError, isRetryable } from "../../../web/client/client_error.ts";
import { closeError } from "../../../web/client/close_error.ts";

test("[CL80] what the server's codes say of trying again is what the client does", () => {
  for (const [code, { isRetryable: expected, isTold }] of Object.entries(errorCodes)) {
    if (isTold) expect([code, isRetryable(code)]).toEqual([code, expected]);
  }
});

test("[CL80] every close code of the server has its error", () => {
  for (const [code, entry] of Object.entries(errorCodes)) {
    if ("closeCode" in entry) expect(closeError(entry.closeCode, "It ended").code).toBe(code);
  }
  expect(closeError(1006, "It ended")).toMatchObject({ code: "unreachable", isRetryable: true });
  expect(closeError(4499, "It ended")).toMatchObject({ code: "forbidden", isRetryable: false });
});

test.each([
  ["NotAllowedError", "camera", "permission-denied"],
  ["SecurityError", "camera", "permission-denied"],
  ["NotAllowedError", "screen", "capture-canceled"],
  ["NotFoundError", "microphone", "device-not-found"],
  ["NotReadableError", "camera", "device-in-use"],
  ["OverconstrainedError", "camera", "overconstrained"],
  ["AbortError", "camera", "capture-failed"],
  ["TypeError", "camera", "capture-failed"],
] as const)("[CL80] %s of a %s is %s, in words that say what to do", (name, source, code) => {
  const error = captureError(new DOMException("no", name), source);
  expect(error).toBeInstanceOf(ClientError);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(new RegExp(`^Cannot open the ${source}: .+\\. [A-Z].+\\.$`));
});
