import { webcrypto, X509Certificate } from "node:crypto";
import { expect, test, vi } from "vitest";
import { NodeCertificate } from "../../../transport/media/node_certificate.ts";

const dayMs = 86_400_000;
const startMs = Date.parse("2030-01-01T00:00:00Z");

/** A certificate on a clock of the test, which starts in 2030. */
async function startCertificate() {
  const clock = { nowMs: startMs };
  const failures: unknown[] = [];
  const certificate = await NodeCertificate.create({
    now: () => clock.nowMs,
    onFailure: (error) => failures.push(error),
  });
  return { certificate, clock, failures };
}

function endMs(certPem: string): number {
  return Date.parse(new X509Certificate(certPem).validTo);
}

test("[ME1] one certificate serves all connections until it is renewed", async () => {
  const { certificate, clock } = await startCertificate();
  const first = certificate.current;
  clock.nowMs = startMs + 19 * dayMs;
  expect(certificate.current).toBe(first);
  await certificate.settled();
  expect(certificate.current).toBe(first);
  expect(endMs(first.certPem)).toBe(startMs + 30 * dayMs);
});

test("[ME2] a new one is made ten days before the end, once, while the old one is still good", async () => {
  const { certificate, clock, failures } = await startCertificate();
  const first = certificate.current;
  clock.nowMs = startMs + 20 * dayMs;
  expect(certificate.current).toBe(first);
  expect(certificate.current).toBe(first);
  await certificate.settled();
  const second = certificate.current;
  expect(second).not.toBe(first);
  await certificate.settled();
  expect(certificate.current).toBe(second);
  expect(endMs(second.certPem)).toBe(clock.nowMs + 30 * dayMs);
  // Whoever began with the first keeps it: it is not changed.
  expect(endMs(first.certPem)).toBe(startMs + 30 * dayMs);
  expect(second.getFingerprints()).not.toEqual(first.getFingerprints());
  expect(failures).toEqual([]);
});

test("[ME2] a failed renewal is told and tried again with the next connection", async () => {
  const { certificate, clock, failures } = await startCertificate();
  const first = certificate.current;
  clock.nowMs = startMs + 25 * dayMs;
  const failure = new Error("no entropy");
  const generateKey = vi.spyOn(webcrypto.subtle, "generateKey").mockRejectedValueOnce(failure);
  expect(certificate.current).toBe(first);
  await certificate.settled();
  expect(failures).toEqual([failure]);
  expect(certificate.current).toBe(first);
  await certificate.settled();
  expect(certificate.current).not.toBe(first);
  expect(failures).toHaveLength(1);
  expect(generateKey).toHaveBeenCalledTimes(2);
});
