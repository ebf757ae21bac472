import { stripTypeScriptTypes } from "node:module";

/**
 * JavaScript from TypeScript whose types can be erased; lines and columns stay as they were.
 *
 * Node calls the function experimental in a warning at its first use, which says nothing to whoever runs a server: it is
 * held back, and no other.
 *
 * @throws SyntaxError for a source that is not valid or not erasable.
 */
export function stripTypes(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith("stripTypeScriptTypes is an experimental feature")) {
      Reflect.apply(emitWarning, process, [warning, ...rest]);
    }
  }) as typeof process.emitWarning;
  try {
    return stripTypeScriptTypes(source, { mode: "strip" });
  } finally {
    process.emitWarning = emitWarning;
  }
}
