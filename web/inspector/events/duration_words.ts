/** A span of time with at most three digits that matter: "0.4 ms", "12 ms", "1.2 s", "2 min 5 s", "3 h 4 min". */
export function durationWords(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? "-" : "";
  if (size < 9.95) return `${sign}${trimmed(size)} ms`;
  if (size < 999.5) return `${sign}${Math.round(size)} ms`;
  if (size < 59_950) return `${sign}${trimmed(size / 1_000)} s`;
  const seconds = Math.round(size / 1_000);
  if (seconds < 3_600) return `${sign}${pair(Math.floor(seconds / 60), "min", seconds % 60, "s")}`;
  const minutes = Math.round(seconds / 60);
  return `${sign}${pair(Math.floor(minutes / 60), "h", minutes % 60, "min")}`;
}

/** The time of day, to the millisecond, in the zone of who looks: "14:03:07.512". */
export function clockWords(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
