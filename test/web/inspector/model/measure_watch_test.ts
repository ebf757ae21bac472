import { expect, test } from "vitest";
import { MeasureWatch } from "../../../../web/inspector/model/measure_watch.ts";

test("[IP36] one watch is open at a time, for whom it was asked last, and none for nobody", () => {
  const told: string[] = [];
  const watch = new MeasureWatch({
    subprotocols: () => ["a"],
    openSocket: (url, subprotocols) => {
      told.push(`open ${url} ${subprotocols}`);
      return { close: () => told.push(`close ${url}`) };
    },
  });
  for (const url of ["https://one", "https://one", "http://two", null, null]) watch.watch(url);
  expect(told).toEqual(["open wss://one a", "close wss://one", "open ws://two a", "close ws://two"]);
});
