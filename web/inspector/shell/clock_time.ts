const format = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** A moment in Unix milliseconds as the clock on the wall says it, to the millisecond. */
export function clockTime(at: number): string {
  return format.format(at);
}
