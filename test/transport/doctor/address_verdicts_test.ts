import { expect, test } from "vitest";
import { judgeAnnounced, judgeCandidates, judgeNat } from "../../../transport/doctor/address_checks.ts";
import { addressKind, candidateAddresses } from "../../../transport/doctor/address_kind.ts";
import { failed, passed } from "../../../transport/doctor/check.ts";
import { judgeOutside, judgeRefusal, spareOthers } from "../../../transport/doctor/outside_checks.ts";
import { judgeAgreement, judgeSightings } from "../../../transport/doctor/stun_checks.ts";
import type { StunSighting } from "../../../transport/doctor/stun_sightings.ts";
import { IceFailure } from "../../../transport/ice/ice_failure.ts";

function seenAt(address: string, url = "stun:a"): StunSighting {
  return {
    url,
    family: "IPv4",
    server: { address: "192.0.2.1", port: 3478 },
    mapped: { address, port: 1 },
    roundTripMs: 12,
  };
}

function silent(code: string, family: StunSighting["family"] = "IPv4"): StunSighting {
  const failure = new IceFailure("binding", { code });
  return { url: "stun:a", family, server: { address: "192.0.2.1", port: 3478 }, failure };
}

test("[DOC7] clients are told the addresses of the machine, or of a family the announced ones", () => {
  expect(candidateAddresses(["10.0.0.5", "2001:db8::5"], ["203.0.113.7"])).toEqual(["203.0.113.7", "2001:db8::5"]);
  expect(candidateAddresses([], ["203.0.113.7"])).toEqual(["203.0.113.7"]);
  const kinds = ["127.0.0.1", "100.64.0.1", "172.31.0.1", "172.32.0.1", "fe80::1", "fd00::2", "2001:db8::1"];
  expect(kinds.map(addressKind)).toEqual([
    "loopback",
    "private",
    "private",
    "public",
    "link-local",
    "private",
    "public",
  ]);
});

test("[DOC7] private addresses alone deserve a warning where others may connect", () => {
  const judge = (hosts: readonly string[], announceIps: readonly string[] = [], isOpen = true) =>
    judgeCandidates({ hosts, announceIps, isOpen, isIceLite: false, mapped: [] });
  expect(judge(["10.0.0.5"])).toMatchObject({ verdict: "warning", advice: expect.stringContaining("--announce-ip") });
  expect(judge(["10.0.0.5"], [], false).verdict).toBe("passed");
  const byStun = (mapped: string) =>
    judgeCandidates({ hosts: ["10.0.0.5"], announceIps: [], isOpen: true, isIceLite: false, mapped: [mapped] });
  expect(byStun("203.0.113.7")).toMatchObject({
    verdict: "passed",
    saw: expect.stringContaining("by STUN 203.0.113.7"),
  });
  expect(byStun("10.0.0.5").verdict).toBe("warning");
  expect(judge(["10.0.0.5"], ["203.0.113.7"])).toMatchObject({
    verdict: "passed",
    facts: { addresses: ["203.0.113.7"] },
  });
  expect(judge([])).toMatchObject({ verdict: "warning", saw: expect.stringContaining("no address but loopback") });
});

test("[DOC8] an announced address is this machine's own, forwarded as STUN shows, wrong, or not known", () => {
  const judge = (ip: string, seen: readonly StunSighting[]) =>
    judgeAnnounced({ announceIps: [ip], hosts: ["10.0.0.5"], seen, seenByTurn: [] });
  expect(judge("10.0.0.5", [])).toMatchObject({ verdict: "passed", saw: "10.0.0.5 is this machine's own" });
  expect(judge("203.0.113.7", [seenAt("203.0.113.7")]).verdict).toBe("passed");
  expect(judge("203.0.113.7", [seenAt("198.51.100.9")])).toMatchObject({
    verdict: "failed",
    advice: expect.stringContaining("--announce-ip 198.51.100.9"),
  });
  // A STUN server on this side of the NAT cannot tell.
  expect(judge("203.0.113.7", [seenAt("10.0.0.5")])).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("in this network itself"),
  });
  expect(judge("203.0.113.7", [])).toMatchObject({
    verdict: "warning",
    advice: expect.stringContaining("Configure a STUN"),
  });
  expect(judge("203.0.113.7", [silent("TIMEOUT")]).advice).toContain("Mend the STUN server");
  const both = judgeAnnounced({
    announceIps: ["10.0.0.5", "203.0.113.7"],
    hosts: ["10.0.0.5"],
    seen: [seenAt("198.51.100.9")],
    seenByTurn: [],
  });
  expect(both).toMatchObject({ verdict: "failed", saw: expect.stringMatching(/own; 203\.0\.113\.7 is announced/) });
});

test("[DOC29] an announced address that only this machine or its link reaches deserves a warning", () => {
  const judge = (ip: string) =>
    judgeAnnounced({ announceIps: [ip], hosts: ["10.0.0.5"], seen: [], seenByTurn: ["203.0.113.7"] });
  for (const ip of ["127.0.0.1", "::1", "169.254.7.7", "fe80::1"])
    expect(judge(ip)).toMatchObject({ verdict: "warning", advice: expect.stringContaining("--announce-ip") });
  expect(judge("10.0.0.5").verdict).toBe("passed");
});

test("[DOC29] with --ice-lite private addresses alone deserve a warning, whatever STUN says", () => {
  const judge = (announceIps: readonly string[], isOpen = true) =>
    judgeCandidates({ hosts: ["10.0.0.5"], announceIps, isOpen, isIceLite: true, mapped: ["203.0.113.7"] });
  expect(judge([])).toMatchObject({ verdict: "warning", advice: expect.stringContaining("take --ice-lite away") });
  expect(judge(["203.0.113.7"]).verdict).toBe("passed");
  expect(judge([], false).verdict).toBe("passed");
});

test("[DOC24] an announced address is held against where TURN servers see this machine, too", () => {
  const judge = (ip: string, seenByTurn: readonly string[], seen: readonly StunSighting[] = []) =>
    judgeAnnounced({ announceIps: [ip], hosts: ["10.0.0.5"], seen, seenByTurn });
  expect(judge("203.0.113.7", ["203.0.113.7"])).toMatchObject({
    verdict: "passed",
    saw: "TURN sees us at 203.0.113.7, as behind 1:1 NAT",
  });
  expect(judge("203.0.113.77", ["203.0.113.7"])).toMatchObject({
    verdict: "failed",
    saw: "203.0.113.77 is announced, and TURN sees us at 203.0.113.7",
    advice: expect.stringContaining("--announce-ip 203.0.113.7,"),
  });
  expect(judge("203.0.113.7", ["10.0.0.9"])).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("the TURN server is in this network itself"),
  });
  // One of the other family says nothing of it; a STUN server that does not answer leaves it to TURN.
  expect(judge("203.0.113.7", ["2001:db8::5"]).verdict).toBe("warning");
  expect(judge("203.0.113.77", ["203.0.113.7"], [silent("TIMEOUT")]).verdict).toBe("failed");
});

test("[DOC24] of an announced address that is not where this machine is seen no firewall is blamed", () => {
  const judge = (seenAt: string | undefined) =>
    judgeOutside({
      address: "203.0.113.77",
      host: "turn.example.org",
      relay: { address: "198.51.100.1", port: 49_152 },
      tried: [{ port: 50_000, came: false }],
      isHere: false,
      seenAt,
      isAnswered: false,
      relaysMeet: undefined,
    });
  const wrong = judge("203.0.113.7");
  expect(wrong).toMatchObject({
    verdict: "failed",
    advice: expect.stringContaining("turn.example.org sees this machine at 203.0.113.7"),
    facts: { seenAt: "203.0.113.7" },
  });
  expect(wrong.advice).not.toContain("firewall");
  for (const seenAt of ["203.0.113.77", "10.0.0.5", "2001:db8::5", undefined])
    expect(judge(seenAt).advice).toContain("firewall");
});

test("[DOC9] a NAT is none, keeps ports, changes them, or is symmetric", () => {
  const judge = (address: string, ports: readonly (number | undefined)[], isAnnounced = false) => {
    const mapped = ports.map((port) => (port === undefined ? undefined : { address, port }));
    return judgeNat({ mapping: { localPort: 50_000, mapped }, hosts: ["192.0.2.5"], isAnnounced });
  };
  expect(judge("192.0.2.5", [50_000, 50_000])).toMatchObject({
    verdict: "passed",
    saw: expect.stringContaining("none on the way"),
  });
  expect(judge("203.0.113.7", [50_000, 50_000])).toMatchObject({
    verdict: "passed",
    saw: expect.stringContaining("ports are kept"),
  });
  expect(judge("203.0.113.7", [50_000, undefined]).saw).toContain("a second one would");
  expect(judge("203.0.113.7", [4_711, 4_711], true)).toMatchObject({
    verdict: "warning",
    advice: expect.stringContaining("same port"),
  });
  expect(judge("203.0.113.7", [4_711, 4_712])).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("symmetric"),
  });
  expect(judge("203.0.113.7", [undefined]).verdict).toBe("skipped");
});

test("[DOC26] why the NAT was tried with another port than those of the node is told", () => {
  const judge = (mapped: { readonly address: string; readonly port: number } | undefined) =>
    judgeNat({
      mapping: { localPort: 41_234, mapped: [mapped] },
      hosts: ["192.0.2.5"],
      isAnnounced: false,
      whyAny: "none of --udp-ports is free",
    });
  expect(judge({ address: "192.0.2.5", port: 41_234 })).toMatchObject({
    verdict: "passed",
    saw: expect.stringMatching(/; 41234 is any port, as none of --udp-ports is free$/),
  });
  expect(judge(undefined).saw).not.toContain("any port");
});

test("[DOC10] a STUN server passes that answers over every family that this machine has", () => {
  expect(judgeSightings([seenAt("203.0.113.7")])).toMatchObject({
    verdict: "passed",
    saw: "IPv4: answers in 12 ms, sees us at 203.0.113.7",
  });
  expect(judgeSightings([seenAt("203.0.113.7"), silent("ENETUNREACH", "IPv6")]).verdict).toBe("passed");
  expect(judgeSightings([seenAt("203.0.113.7"), silent("TIMEOUT", "IPv6")]).verdict).toBe("warning");
  expect(judgeSightings([silent("TIMEOUT")])).toMatchObject({
    verdict: "failed",
    advice: expect.stringContaining("firewalls"),
  });
  expect(judgeSightings([silent("ECONNREFUSED")])).toMatchObject({
    verdict: "failed",
    advice: expect.stringContaining("port"),
  });
  expect(judgeSightings([silent("ENETUNREACH", "IPv6")]).verdict).toBe("failed");
});

test("[DOC10] STUN servers that see this machine at different addresses deserve a warning", () => {
  expect(judgeAgreement([seenAt("203.0.113.7"), seenAt("203.0.113.7", "stun:b")]).verdict).toBe("passed");
  expect(judgeAgreement([seenAt("203.0.113.7"), seenAt("10.0.0.5", "stun:b")])).toMatchObject({
    verdict: "warning",
    saw: "IPv4: servers see us at 203.0.113.7 and 10.0.0.5",
  });
});

test("[DOC13] a port that a relay elsewhere does not reach fails; one of a relay on this machine proves nothing", () => {
  const relay = { address: "198.51.100.1", port: 49_152 };
  const judge = (
    came: readonly boolean[],
    { isHere = false, isAnswered = false, relaysMeet = undefined as boolean | undefined } = {},
  ) => {
    const tried = came.map((each, index) => ({ port: 50_000 + index, came: each }));
    const [address, host] = ["203.0.113.7", "turn.example.org"];
    return judgeOutside({ address, host, relay, tried, isHere, seenAt: address, isAnswered, relaysMeet });
  };
  expect(judge([true, true])).toMatchObject({
    verdict: "passed",
    saw: "the relay 198.51.100.1 of turn.example.org reaches UDP ports 50000, 50001",
  });
  expect(judge([true, false])).toMatchObject({ verdict: "failed", facts: { open: [50_000], closed: [50_001] } });
  expect(judge([false], { isHere: true }).verdict).toBe("warning");
  expect(judge([true], { isHere: true }).saw).toContain("says nothing of a firewall");
  expect(judge([true, false], { isAnswered: true }).verdict).toBe("failed");
  expect(judge([false], { isAnswered: true })).toMatchObject({
    verdict: "warning",
    saw: expect.stringContaining("unless this machine sends first"),
  });
  expect(judge([]).verdict).toBe("skipped");
  const refused = (step: "permission" | "allocate", code: string) =>
    judgeRefusal(new IceFailure(step, { code }), {
      address: "203.0.113.7",
      host: "turn.example.org",
      relaysMeet: undefined,
    }).verdict;
  expect([refused("permission", "403"), refused("allocate", "440"), refused("allocate", "486")]).toEqual([
    "failed",
    "skipped",
    "warning",
  ]);
});

test("[DOC28] a relay that may not or cannot send to the node is no failure where the node has relays and two of them meet", () => {
  const place = { address: "203.0.113.7", host: "turn.example.org" };
  const refused = (relaysMeet: boolean | undefined) =>
    judgeRefusal(new IceFailure("permission", { code: "403" }), { ...place, relaysMeet });
  expect(refused(true)).toMatchObject({ verdict: "warning", advice: expect.stringContaining("a second one, its own") });
  expect(refused(false)).toMatchObject({
    verdict: "failed",
    advice: expect.stringContaining("two relays do not meet"),
  });
  expect(refused(undefined).advice).toMatch(/never reach this node: allow it/);
  const closed = (came: readonly boolean[], relaysMeet: boolean) =>
    judgeOutside({
      ...place,
      relay: { address: "198.51.100.1", port: 49_152 },
      tried: came.map((each, index) => ({ port: 50_000 + index, came: each })),
      isHere: false,
      seenAt: undefined,
      isAnswered: false,
      relaysMeet,
    }).verdict;
  expect([closed([false], true), closed([false], false), closed([true, false], true)]).toEqual([
    "warning",
    "failed",
    "failed",
  ]);
});

test("[DOC13] an address that only this network knows is no fault where clients have another one that works", () => {
  const found = (works: boolean) => [
    { address: "172.17.0.1", outcome: failed("it is not reached", "Open it.") },
    { address: "203.0.113.7", outcome: works ? passed("it is reached") : failed("it is not reached", "Open it.") },
  ];
  const verdicts = (works: boolean, announceIps: readonly string[] = []) =>
    spareOthers(found(works), announceIps).map(({ outcome }) => outcome.verdict);
  expect(verdicts(true)).toEqual(["skipped", "passed"]);
  expect(verdicts(false)).toEqual(["failed", "failed"]);
  expect(verdicts(true, ["172.17.0.1"])).toEqual(["failed", "passed"]);
});
