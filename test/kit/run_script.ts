import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a script of the project ended. */
export interface ScriptEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file of the project as a process of its own, in the project's folder, for a minute at most. */
export function runScript(file: string, args: readonly string[] = []): Promise<ScriptEnd> {
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const env = { ...process.env, INIT_CWD: cwd };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [file, ...args],
      { cwd, env, timeout: 60_000, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}
