/**
 * The one line to print when importing `edge.ts` failed because uWebSockets.js cannot run here; undefined for another failure.
 *
 * It imports nothing, so that it works where uWebSockets.js does not. uWebSockets.js has one binary for each Node ABI.
 */
export function describeMissingBinary(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND" && message.includes("'uWebSockets.js'")) {
    return 'Cannot load uWebSockets.js: it is not installed; run "npm ci"';
  }
  if (!message.startsWith("This version of uWS.js supports only")) return undefined;
  const { platform, arch, version, versions } = process;
  const here = `Node ${version.slice(1)} (ABI ${versions.modules}) on ${platform} ${arch}`;
  if (message.includes("Cannot find module")) {
    return `Cannot load uWebSockets.js: it has no binary for ${here}; use Node 22, as "npm start" does`;
  }
  const why = /^(?:Error: )?(.*)$/m.exec(message.split("\n\n")[1] ?? "")?.[1] ?? "unknown";
  return `Cannot load uWebSockets.js: its binary for ${here} does not load here: ${why} (it needs glibc, which Alpine lacks)`;
}
