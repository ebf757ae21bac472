import { expect, test } from "vitest";
import type { DtlsState, IceState } from "../../machines/connectivity_events.ts";
import { type ConnectionState, connectionStateOf, type PeerContext, peerMachine } from "../../machines/peer_machine.ts";
import { candidate, dtlsConnected, dtlsFailed, iceConnected, limits, silent } from "./run_connectivity.ts";
import { samples } from "./run_negotiation.ts";
import { type PeerRun, runPeer, timeouts } from "./run_peer.ts";
import { nameOf, walk } from "./walk.ts";

const { offered, accepted, applied, created, refused, tainted } = samples;
const closedByServer = { type: "peer.closed", reason: "enough", isTold: false } as const;
const closedByClient = { type: "peer.closed", reason: "tired", isTold: true } as const;

/** A peer that has answered its first offer and is connected. */
function runConnected(): PeerRun {
  const run = runPeer();
  run.send(offered);
  run.answer(applied, accepted, created);
  run.send(iceConnected, dtlsConnected);
  expect(run.state).toBe("open.connected");
  return run;
}

// RTCPeerConnectionState (W3C WebRTC 4.3.3), line by line; ICE and DTLS without `closed`, which is the peer's own.
const ices: readonly IceState[] = ["new", "checking", "connected", "disconnected", "failed"];
const table: Readonly<Record<DtlsState, readonly ConnectionState[]>> = {
  new: ["new", "connecting", "connecting", "disconnected", "failed"],
  connecting: ["connecting", "connecting", "connecting", "disconnected", "failed"],
  connected: ["connecting", "connecting", "connected", "disconnected", "failed"],
  failed: ["failed", "failed", "failed", "failed", "failed"],
};

test.each(Object.entries(table))(
  "[PE1] with DTLS %s the connection state is the W3C's for each state of ICE",
  (dtls, row) => {
    expect(ices.map((ice) => connectionStateOf(ice, dtls as DtlsState))).toEqual(row);
  },
);

test("[PE2] a peer gets into every documented state and into no other", () => {
  const move = (state: IceState) => ({ type: "ice.moved", state }) as const;
  const found = walk(peerMachine, {
    input: { peerId: "p", sessionId: "s", isPolite: false, timeouts, limits },
    events: [
      ...ices.map(move),
      ...(["connecting", "connected", "failed"] as const).map((state) => ({ type: "dtls.moved", state }) as const),
      { type: "offer.refused" },
      { type: "remote.described", usernameFragments: [] },
      { type: "transport.ended" },
      { type: "engine.closed" },
      closedByServer,
      closedByClient,
    ],
    relevant: ({ ice, dtls, isDescribed }: PeerContext) => ({ ice, dtls, isDescribed }),
  });
  expect([...new Set(found.map(({ value }) => nameOf(value)))].sort()).toEqual([
    "closed",
    "closing",
    "open.connected",
    "open.connecting",
    "open.disconnected",
    "open.failed",
    "open.new",
  ]);
});

test("[PE3] the application is told each connection state once, in order, and the end", () => {
  const run = runPeer();
  const states: string[] = [];
  const note = (lines: string[]): void => {
    states.push(
      ...lines.filter((line) => line.startsWith("application")).map((line) => line.slice("application ".length)),
    );
  };
  note(run.send(offered));
  note(run.answer(applied, accepted, created));
  note(run.send(iceConnected));
  note(run.send(dtlsConnected));
  note(run.send(silent, silent));
  note(run.send({ type: "transport.heard" }, silent));
  note(run.wait(timeouts.disconnectedTimeoutMs));
  note(run.send(closedByClient));
  expect(states).toEqual(["connecting", "connected", "disconnected", "connected", "disconnected", "failed", "closed"]);
});

test("[PE3] the application is told of a failed connection that comes back", () => {
  const run = runConnected();
  run.send(silent);
  run.wait(timeouts.disconnectedTimeoutMs);
  expect(run.state).toBe("open.failed");
  expect(run.send(iceConnected)).toEqual(["application connected"]);
});

test("[PE4] a peer that this side closes says bye with the reason", () => {
  const run = runConnected();
  expect(run.send(closedByServer)).toEqual(["bye enough", "close p", "application closed"]);
  expect(run.state).toBe("closing");
});

test("[PE4] a bye without a reason is one", () => {
  expect(runConnected().send({ type: "peer.closed", isTold: false })[0]).toBe("bye");
});

test("[PE4] a peer that the client closes says nothing", () => {
  expect(runConnected().send(closedByClient)).toEqual(["close p", "application closed"]);
});

test("[PE5] a peer whose first offer is refused closes without another word", () => {
  const run = runPeer();
  run.send(offered);
  expect(run.answer(refused)).toEqual(["error bad-sdp", "close p", "application closed"]);
});

test("[PE5] a peer whose first offer is refused goes on when a better one waits", () => {
  const run = runPeer();
  run.send(offered, { ...offered, sdp: "better" });
  expect(run.answer(refused)).toEqual(["error bad-sdp", "apply offer better"]);
});

test("[PE5] a later offer that is refused leaves the peer as it was", () => {
  const run = runConnected();
  run.send(offered);
  expect(run.answer(refused)).toEqual(["error bad-sdp"]);
  expect(run.state).toBe("open.connected");
});

test("[PE6] a peer whose negotiation failed says why, once, says bye and closes", () => {
  const run = runConnected();
  run.send(offered);
  expect(run.answer(tainted)).toEqual(["error peer-crashed", "bye peer-crashed", "close p", "application closed"]);
});

test("[PE6] a peer whose negotiation takes too long says bye and closes", () => {
  const run = runConnected();
  run.send(offered);
  expect(run.wait(timeouts.engineTimeoutMs)).toEqual([
    "error negotiation-timeout",
    "bye negotiation-timeout",
    "close p",
    "application closed",
  ]);
});

test("[PE6] a peer whose connectivity is given up says bye with its code and closes", () => {
  const run = runConnected();
  const lines = run.send(dtlsFailed);
  expect(lines.filter((line) => !line.startsWith("application"))).toEqual([
    "error dtls-failed",
    "bye dtls-failed",
    "close p",
  ]);
  expect(lines.filter((line) => line.startsWith("application"))).toEqual(["application failed", "application closed"]);
});

test("[PE7] a peer has ended when its engine is closed", () => {
  const run = runConnected();
  run.send(closedByClient);
  expect(run.send({ type: "engine.closed" })).toEqual(["session hears done"]);
  expect(run.state).toBe("closed");
});

test("[PE7] an engine that never closes is given up after closeTimeoutMs", () => {
  const run = runConnected();
  run.send(closedByClient);
  expect(run.wait(timeouts.closeTimeoutMs - 1)).toEqual([]);
  expect(run.state).toBe("closing");
  expect(run.wait(1)).toEqual(["session hears done"]);
});

test("[PE8] a transport that the other side ended closes the peer, and no bye follows", () => {
  expect(runConnected().send({ type: "transport.ended" })).toEqual(["close p", "application closed"]);
});

test("[PE9] a failure of the application's code ends the peer with that error, which its session alone hears", () => {
  const run = runConnected();
  expect(run.send({ type: "application.failed", message: "boom" })).toEqual(["session hears error boom"]);
  expect(run.actor.getSnapshot().status).toBe("error");
});

test("[PE10] a crash of the negotiation is an error of its peer, which its session alone hears", () => {
  const run = runPeer({ throwsIn: "negotiation" });
  expect(run.send(offered)).toContain("session hears error boom in negotiation");
  expect(run.actor.getSnapshot().status).toBe("error");
});

test("[PE10] a crash of the connectivity is an error of its peer, which its session alone hears", () => {
  const run = runPeer({ throwsIn: "connectivity" });
  run.send(offered);
  run.answer(applied);
  expect(run.send(candidate("a"))).toContain("session hears error boom in connectivity");
  expect(run.actor.getSnapshot().status).toBe("error");
});

test("[PE11] candidates that follow a description wait for it, also without naming it", () => {
  const run = runPeer();
  run.send(offered);
  expect(run.send(candidate("a"))).toEqual([]);
  expect(run.answer(applied)).toContain("add a");
});

test.each([samples.answered, samples.pranswered])(
  "[PE11] candidates that follow $type wait for it as well",
  (event) => {
    const run = runConnected();
    run.send({ type: "negotiation.needed" });
    run.answer(created);
    run.send(event);
    expect(run.send(candidate("a"))).toEqual([]);
    expect(run.answer(applied)).toEqual(["add a"]);
  },
);

test("[PE11] candidates that waited for a description that came to nothing are let go", () => {
  const run = runConnected();
  run.send(offered, candidate("a"));
  expect(run.answer(refused)).toEqual(["error bad-sdp", "add a"]);
  expect(run.send(samples.answered, candidate("b"))).toEqual(["error bad-state", "add b"]);
});

test("[PE11] the ICE restart that the connectivity asks for is offered by the negotiation", () => {
  const run = runConnected();
  run.send(silent);
  expect(run.wait(timeouts.restartTimeoutMs)).toEqual(["create offer restarting ICE"]);
});

test("[PE11] what the application and the engine want is offered by the negotiation", () => {
  expect(runConnected().send({ type: "negotiation.needed" })).toEqual(["create offer"]);
  expect(runConnected().send({ type: "iceRestart.needed" })).toEqual(["create offer restarting ICE"]);
});

test("[PE11] what the application decides on an offer reaches the negotiation", () => {
  const run = runPeer();
  run.send(offered);
  run.answer(applied);
  expect(run.send({ type: "pranswer.requested" })).toEqual(["create pranswer"]);
  run.answer(created);
  expect(run.send(accepted)).toEqual(["create answer"]);
});

test("[PE12] nothing that still comes reaches a peer that closes, not even a second bye", () => {
  const run = runConnected();
  run.send(closedByServer);
  expect(run.send(offered, candidate("a"), iceConnected, dtlsFailed, closedByServer, closedByClient)).toEqual([]);
  expect(run.state).toBe("closing");
});
