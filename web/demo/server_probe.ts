/** Whether the server still answers over plain HTTP: what tells a stopped server from a socket that was cut. */
export async function probeServer(): Promise<boolean> {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(3_000) });
    // Any status is an answer: "not ready" is one too.
    return true;
  } catch {
    return false;
  }
}
