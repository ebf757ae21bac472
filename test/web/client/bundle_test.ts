import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundle, bundleNames, readBundle } from "../../../scripts/build_client.ts";

/** What the SDK may weigh on the wire: 15 kB. */
const maxGzipBytes = 15_000;

test.each(bundleNames)("[CL2] %s is what the sources say", { timeout: 60_000 }, async (name) => {
  // Not the texts: forty kilobytes of difference help nobody.
  const isFresh = (await bundle(name)) === readBundle(name);
  expect(isFresh, `web/dist/${name} is stale: run npm run client`).toBe(true);
});

test("[CL2] the SDK is one module without dependencies, of less than 15 kB gzipped", () => {
  const text = readBundle("client.js");
  expect(text).not.toMatch(/\bimport\b ?[{*("'`]/);
  expect(gzipSync(text).length).toBeLessThan(maxGzipBytes);
});

test("[CL2] the bundle exports what the module does", async () => {
  const [served, module] = await Promise.all([import("signalbox/client"), import("../../../web/client/mod.ts")]);
  expect(Object.keys(served).sort()).toEqual(Object.keys(module).sort());
  expect(served.defaultLayers).toEqual(module.defaultLayers);
  const [packed, platform] = await Promise.all([import("signalbox/client/node"), import("../../../web/node/mod.ts")]);
  expect(Object.keys(packed).sort()).toEqual(Object.keys(platform).sort());
});
