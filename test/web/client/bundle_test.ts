import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundleClient, readBundle } from "../../../scripts/build_client.ts";

/** What the SDK may weigh on the wire: 15 kB. */
const maxGzipBytes = 15_000;

test("[CL2] the SDK that is served is what the sources say", async () => {
  // Not the texts: forty kilobytes of difference help nobody.
  const isFresh = (await bundleClient()) === readBundle();
  expect(isFresh, "web/dist/client.js is stale: run npm run client").toBe(true);
});

test("[CL2] the SDK is one module without dependencies, of less than 15 kB gzipped", () => {
  expect(readBundle()).not.toMatch(/\bimport\b ?[{*("'`]/);
  expect(gzipSync(readBundle()).length).toBeLessThan(maxGzipBytes);
});

test("[CL2] the bundle exports what the module does", async () => {
  const [bundle, module] = await Promise.all([import("signalbox/client"), import("../../../web/client/mod.ts")]);
  expect(Object.keys(bundle).sort()).toEqual(Object.keys(module).sort());
  expect(bundle.defaultLayers).toEqual(module.defaultLayers);
});
