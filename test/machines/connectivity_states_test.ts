import { expect, test } from "vitest";
import type { ConnectivityContext } from "../../machines/connectivity_events.ts";
import { connectivityMachine } from "../../machines/connectivity_machine.ts";
import {
  type ConnectivityRun,
  candidate,
  connecting,
  consentExpired,
  described,
  describing,
  dtlsConnected,
  dtlsConnecting,
  dtlsFailed,
  heard,
  iceConnected,
  iceFailed,
  limits,
  runConnectivity,
  silent,
  timeouts,
} from "./run_connectivity.ts";
import { nameOf, walk } from "./walk.ts";

// RTCIceGatheringState, RTCIceTransportState and RTCDtlsTransportState (W3C WebRTC 5.6.3, 5.6.4, 5.5.1).
const documented = {
  gathering: ["new", "gathering", "complete"],
  ice: ["new", "checking", "connected", "disconnected", "failed"],
  dtls: ["new", "connecting", "connected", "failed"],
  remoteCandidates: ["awaited", "trickling", "complete"],
} as const;

// A candidate is used after a description only, and a working candidate pair begins the handshake.
const isReachable = (ice: string, dtls: string, remoteCandidates: string): boolean =>
  (ice !== "new" || remoteCandidates !== "trickling") &&
  (dtls !== "new" || (ice !== "connected" && ice !== "disconnected"));

test("[CN1] exactly the combinations of documented states are reached that make sense", () => {
  const found = walk(connectivityMachine, {
    input: { peerId: "p", sessionId: "s", timeouts, limits },
    events: [
      describing,
      described("u"),
      candidate("a"),
      candidate(""),
      { type: "gathering.changed", state: "gathering" },
      { type: "gathering.changed", state: "complete" },
      iceConnected,
      iceFailed,
      dtlsConnecting,
      dtlsConnected,
      dtlsFailed,
      silent,
      heard,
      consentExpired,
    ],
    relevant: ({ usernameFragments }: ConnectivityContext) => usernameFragments,
  }).map(({ value }) => nameOf(value));
  const expected = documented.gathering.flatMap((gathering) =>
    documented.ice.flatMap((ice) =>
      documented.dtls.flatMap((dtls) =>
        documented.remoteCandidates
          .filter((remoteCandidates) => isReachable(ice, dtls, remoteCandidates))
          .map((remoteCandidates) => nameOf({ gathering, ice, dtls, remoteCandidates })),
      ),
    ),
  );
  expect([...new Set(found)].sort()).toEqual(expected.sort());
});

const into: Readonly<Record<string, () => ConnectivityRun>> = {
  new: () => runConnectivity(),
  checking: () => runConnectivity(described("u")),
  connected: () => runConnectivity(described("u"), iceConnected),
  disconnected: () => runConnectivity(described("u"), iceConnected, silent),
  failed: () => {
    const run = runConnectivity(described("u"));
    run.wait(timeouts.connectingTimeoutMs);
    return run;
  },
};
const iceEvents = {
  described: described("u"),
  restarted: described("v"),
  connected: iceConnected,
  failed: iceFailed,
  silent,
  heard,
  unwanted: consentExpired,
};
/** The next state of ICE; what is missing leaves it. */
const iceTable: Readonly<Record<string, Partial<Record<keyof typeof iceEvents, string>>>> = {
  new: { described: "checking", restarted: "checking" },
  checking: { connected: "connected" },
  connected: { restarted: "checking", failed: "disconnected", silent: "disconnected", unwanted: "failed" },
  disconnected: { restarted: "checking", connected: "connected", heard: "connected", unwanted: "failed" },
  failed: { restarted: "checking", connected: "connected" },
};

const iceCells = Object.entries(into).flatMap(([state, start]) =>
  (Object.keys(iceEvents) as (keyof typeof iceEvents)[]).map((name) => ({ state, name, start })),
);

test.each(iceCells)("[CN2] ICE that is $state goes on as documented when it is $name", ({ state, name, start }) => {
  const run = start();
  expect(run.ice).toBe(state);
  const told = run.send(iceEvents[name]).filter((line) => line.startsWith("tell ice.moved"));
  const next = iceTable[state]?.[name];
  expect(run.ice).toBe(next ?? state);
  const isAnew = state === "checking" && name === "restarted";
  expect(told).toEqual(next !== undefined || isAnew ? [`tell ice.moved ${next ?? state}`] : []);
});

const dtlsEvents = { connecting: dtlsConnecting, connected: dtlsConnected, failed: dtlsFailed, iceConnected };
const intoDtls = {
  new: [],
  connecting: [described("u"), iceConnected],
  connected: [...connecting],
  failed: [described("u"), iceConnected, dtlsFailed],
};
const dtlsTable: Readonly<Record<string, Partial<Record<keyof typeof dtlsEvents, string>>>> = {
  new: { connecting: "connecting", connected: "connected", failed: "failed", iceConnected: "connecting" },
  connecting: { connected: "connected", failed: "failed" },
  connected: { failed: "failed" },
  failed: {},
};
const dtlsCells = Object.entries(intoDtls).flatMap(([state, way]) =>
  (Object.keys(dtlsEvents) as (keyof typeof dtlsEvents)[]).map((name) => ({ state, name, way })),
);

test.each(dtlsCells)("[CN8] DTLS that is $state goes on as documented when it is $name", ({ state, name, way }) => {
  const run = runConnectivity(...way);
  expect(run.dtls).toBe(state);
  const told = run.send(dtlsEvents[name]).filter((line) => line.startsWith("tell dtls.moved"));
  const next = dtlsTable[state]?.[name];
  expect(run.dtls).toBe(next ?? state);
  expect(told).toEqual(next === undefined ? [] : [`tell dtls.moved ${next}`]);
});
