import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundleClient, readBundle } from "../../../scripts/build_client.ts";

/** What the SDK may weigh on the wire: 15 kB. */
const maxGzipBytes = 15_000;

test("[CL2] the SDK that is served is what the sources say", async () => {
  expect(await bundleClient()).toBe(readBundle());
});

test("[CL2] the SDK is one module without dependencies, of less than 15 kB gzipped", () => {
  expect(readBundle()).not.toMatch(/\bimport\b ?[{*("'`]/);
  expect(gzipSync(readBundle()).length).toBeLessThan(maxGzipBytes);
});
