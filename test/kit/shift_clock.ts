// Loaded before a node (`--import`): its wall clock is off by SHIFT_CLOCK_MS, as that of a machine that nobody sets. Clocks that
// only count stay as they are.
const shiftMs = Number(process.env["SHIFT_CLOCK_MS"]);
const now = Date.now.bind(Date);

Date.now = () => now() + shiftMs;
globalThis.Date = new Proxy(Date, {
  construct: (date, given, as) => Reflect.construct(date, given.length === 0 ? [now() + shiftMs] : given, as) as object,
});
