import { readDuration } from "./setting.ts";

/** How long credentials live, in milliseconds. */
export interface Lives {
  readonly defaultMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

type Bounds = Pick<Lives, "minMs" | "maxMs">;

export const hourMs = 3_600_000;

/** Milliseconds of `12h`, `30m` or `600s`; undefined for what is none or out of bounds. Settings know no hours, in which lives of credentials are told. */
export function readLife(given: string | number, bounds: Bounds): number | undefined {
  return readDuration(
    String(given).replace(/^(\d{1,4})h$/, (_, hours) => `${Number(hours) * 60}m`),
    bounds,
  );
}

/** What is expected, in words. */
export function describeLives({ minMs, maxMs }: Bounds): string {
  return `one from ${minMs / 1_000}s to ${maxMs / hourMs}h, as 12h, 30m or 600s`;
}
