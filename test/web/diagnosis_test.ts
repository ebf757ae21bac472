import { describe, expect, test } from "vitest";
import type { SeenCandidate } from "../../web/demo/candidate.ts";
import { diagnose } from "../../web/demo/diagnosis.ts";
import type { EchoEvent, MachineName } from "../../web/demo/echo_event.ts";
import { type Facts, isOver, learn, noFacts } from "../../web/demo/facts.ts";
import type { Finding } from "../../web/demo/finding.ts";
import { statusOf } from "../../web/demo/status_line.ts";

const started: EchoEvent = {
  type: "test.started",
  hasWebRtc: true,
  pageHost: "signalbox.example",
};

/** Each event comes 100 ms after the one before it. */
function factsAfter(...events: readonly EchoEvent[]): Facts {
  return [started, ...events].reduce((facts, event, index) => learn(facts, event, index * 100), noFacts);
}

function state(machine: MachineName, name: string): EchoEvent {
  return { type: "state.changed", machine, state: name };
}

function candidate(address: string, type = "host", protocol = "udp"): SeenCandidate {
  return { type, protocol, address, port: 50_000 };
}

const sent = (address: string, type?: string): EchoEvent => ({
  type: "candidate.sent",
  candidate: candidate(address, type),
});
const received = (address: string, type?: string, protocol?: string): EchoEvent => ({
  type: "candidate.received",
  candidate: candidate(address, type, protocol),
});
const opened = state("socket", "open");
const connected = [opened, state("ice", "connected"), state("dtls", "connected"), state("connection", "connected")];
const closed: EchoEvent = { type: "socket.closed", code: 1006, reason: "" };
const probed = (hasAnswered: boolean): EchoEvent => ({ type: "server.probed", hasAnswered });
const iceFailed = [state("ice", "failed"), state("connection", "failed")];

function codes(facts: Facts): readonly string[] {
  return diagnose(facts).map((finding) => finding.code);
}

/** The one finding that is expected; every word of it must be there. */
function only(facts: Facts): Finding {
  const [first, ...rest] = diagnose(facts);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error("nothing was found");
  for (const words of [first.title, first.why, first.remedy]) expect(words).toMatch(/^[A-Z“].*[.!]$/);
  return first;
}

describe("nothing is wrong", () => {
  test("[WEB1] says nothing before a test, nor while one goes well", () => {
    expect(diagnose(noFacts)).toEqual([]);
    expect(diagnose(factsAfter(opened, { type: "offer.sent" }, { type: "answer.received" }))).toEqual([]);
    expect(diagnose(factsAfter(...connected))).toEqual([]);
  });

  test("[WEB1] takes back what it said when the problem is over", () => {
    const slow = [opened, { type: "deadline.passed", deadline: "answer" } as const];
    expect(codes(factsAfter(...slow))).toEqual(["no-answer"]);
    expect(codes(factsAfter(...slow, { type: "answer.received" }))).toEqual([]);

    const silent = [...connected, { type: "deadline.passed", deadline: "pong" } as const];
    expect(codes(factsAfter(...silent))).toEqual(["data-not-returned"]);
    expect(codes(factsAfter(...silent, { type: "echo.returned", what: "pong" }))).toEqual([]);

    const interrupted = [...connected, state("connection", "disconnected")];
    expect(codes(factsAfter(...interrupted))).toEqual(["connection-interrupted"]);
    expect(codes(factsAfter(...interrupted, state("connection", "connected")))).toEqual([]);
  });

  test("[WEB1] goes on showing after the end why it came to it", () => {
    const facts = factsAfter(opened, ...iceFailed, { type: "test.ended", cause: "stopped" }, state("ice", "closed"));
    expect(codes(facts)).toEqual(["ice-no-local-candidates"]);
  });
});

describe("the browser and its camera", () => {
  test("[WEB2] says that a browser without WebRTC cannot run the test, and nothing else", () => {
    const facts = learn(noFacts, { ...started, hasWebRtc: false }, 0);
    expect(only(facts)).toMatchObject({ code: "no-webrtc", severity: "error" });
    expect(isOver(facts)).toBe(true);
  });

  test.each([
    ["refused", "camera-refused"],
    ["missing", "camera-missing"],
    ["in-use", "camera-in-use"],
    ["insecure", "camera-insecure"],
    ["failed", "camera-failed"],
  ] as const)("[WEB3] goes on with messages alone when the camera is %s", (reason, code) => {
    const facts = factsAfter({ type: "camera.failed", reason, detail: "" });
    const finding = only(facts);
    expect(finding).toMatchObject({ code, severity: "note" });
    expect(finding.why).toContain("goes on with messages alone");
    expect(isOver(facts)).toBe(false);
  });

  test("[WEB3] repeats what the browser says of a camera that failed for no reason we know", () => {
    const facts = factsAfter({ type: "camera.failed", reason: "failed", detail: "TypeError: odd" });
    expect(only(facts).why).toContain("The browser says: “TypeError: odd”.");
  });

  test("[WEB3] names the device that is missing when only one could be opened, and a camera that stopped", () => {
    const withoutSound = factsAfter({ type: "camera.opened", hasVideo: true, hasAudio: false });
    expect(only(withoutSound).code).toBe("no-microphone");
    expect(only(factsAfter({ type: "camera.opened", hasVideo: false, hasAudio: true })).code).toBe("no-camera");
    expect(only(factsAfter({ type: "camera.ended" })).code).toBe("camera-ended");
  });

  test("[WEB3] puts what breaks the test before what is only worth knowing", () => {
    const facts = factsAfter({ type: "camera.failed", reason: "refused", detail: "" }, opened, ...iceFailed);
    expect(codes(facts)).toEqual(["ice-no-local-candidates", "camera-refused"]);
  });
});

describe("the way to the server", () => {
  test("[WEB4] tells a server that is gone from a WebSocket that something in between refused", () => {
    expect(only(factsAfter(closed, probed(false))).code).toBe("server-gone");
    expect(only(factsAfter(closed, probed(true))).code).toBe("socket-unreachable");
  });

  test("[WEB4] waits with its judgement of a closed socket until the server was asked over HTTP", () => {
    expect(diagnose(factsAfter(...connected, closed))).toEqual([]);
  });

  test("[WEB4] says of a server that stops during the test that it went away, and ends when the media does", () => {
    const dying = factsAfter(...connected, closed, probed(false));
    expect(only(dying)).toMatchObject({ code: "server-gone", severity: "error", title: "The server went away." });
    expect(statusOf(dying, 0)).toEqual({ text: "The server is gone.", tone: "bad" });
    expect(isOver(dying)).toBe(false);
    expect(isOver(factsAfter(...connected, closed, probed(false), state("connection", "disconnected")))).toBe(true);
  });

  test("[WEB4] only warns when the socket alone was lost: media and messages still travel", () => {
    expect(only(factsAfter(...connected, closed, probed(true)))).toMatchObject({
      code: "socket-lost",
      severity: "warning",
    });
  });

  test("[WEB4] repeats the close code and reason of a server that hung up", () => {
    const facts = factsAfter(opened, { type: "socket.closed", code: 4429, reason: "too many errors" }, probed(true));
    const finding = only(facts);
    expect(finding.code).toBe("socket-refused");
    expect(finding.why).toContain("code 4429, “too many errors”");
    expect(isOver(facts)).toBe(true);
  });

  test("[WEB4] says that a socket neither opens nor is refused, and that an offer has no answer", () => {
    expect(only(factsAfter({ type: "deadline.passed", deadline: "socket" })).code).toBe("socket-overdue");
    expect(only(factsAfter(opened, { type: "deadline.passed", deadline: "answer" })).code).toBe("no-answer");
  });

  test("[WEB5] shows the code and the words of the server's error, known or not", () => {
    const bad = only(
      factsAfter(opened, { type: "server.complained", code: "bad-sdp", message: "Cannot use the offer" }),
    );
    expect(bad.code).toBe("server-error");
    expect(bad.title).toContain("bad-sdp");
    expect(bad.why).toContain("“Cannot use the offer”");
    const unknown = only(factsAfter(opened, { type: "server.complained", code: "out-of-cheese", message: "Redo" }));
    expect(unknown.title).toContain("out-of-cheese");
    expect(unknown.why).toBe("In its own words: “Redo”.");
  });

  test("[WEB5] only warns of an error while the connection is up, and lets a name of JavaScript be a code", () => {
    const complained: EchoEvent = { type: "server.complained", code: "constructor", message: "Odd" };
    expect(only(factsAfter(...connected, complained))).toMatchObject({ code: "server-error", severity: "warning" });
  });

  test("[WEB5] explains itself what the server found out too", () => {
    const failed: EchoEvent = { type: "server.complained", code: "ice-failed", message: "No candidate pair works" };
    expect(only(factsAfter(opened, failed)).code).toBe("ice-no-local-candidates");
    expect(only(factsAfter(...connected, failed)).code).toBe("connection-lost");
    const dtls: EchoEvent = { type: "server.complained", code: "dtls-failed", message: "" };
    expect(only(factsAfter(opened, dtls)).code).toBe("dtls-failed");
  });

  test("[WEB5] says that the server is being stopped when it said so, and ends the test", () => {
    const said: EchoEvent = { type: "server.complained", code: "shutting-down", message: "The node is stopping" };
    const hungUp: EchoEvent = { type: "socket.closed", code: 1012, reason: "shutting-down" };
    for (const events of [[said, hungUp], [hungUp], [said, hungUp, probed(true)], [said, hungUp, probed(false)]]) {
      const facts = factsAfter(...connected, ...events);
      expect(only(facts)).toMatchObject({ code: "server-stopped", severity: "error" });
      expect(isOver(facts)).toBe(true);
    }
  });

  test("[WEB5] says that the server ended the test, with its reason, and does not count the closed socket as a second problem", () => {
    const facts = factsAfter(...connected, { type: "server.left", reason: "draining" }, closed, probed(true));
    const finding = only(facts);
    expect(finding.code).toBe("server-left");
    expect(finding.why).toContain("“draining”");
    expect(isOver(facts)).toBe(true);
  });

  test("[WEB5] repeats what the browser says of a description that it cannot use", () => {
    const facts = factsAfter(opened, { type: "negotiation.failed", detail: "OperationError: no m-line" });
    expect(only(facts)).toMatchObject({ code: "negotiation-failed", severity: "error" });
    expect(only(facts).why).toContain("OperationError: no m-line");
  });
});

describe("the way through the network", () => {
  const at = (pageHost: string, ...events: readonly EchoEvent[]): Facts =>
    [{ ...started, pageHost } as const, opened, ...events, ...iceFailed].reduce(
      (facts, event, index) => learn(facts, event, index * 100),
      noFacts,
    );

  test("[WEB6] explains a failed ICE by the candidates that were missing", () => {
    expect(only(at("signalbox.example", received("203.0.113.9"))).code).toBe("ice-no-local-candidates");
    expect(only(at("signalbox.example", sent("198.51.100.7"))).code).toBe("ice-no-remote-candidates");
  });

  test("[WEB6] explains a failed ICE by a browser that hid all its addresses", () => {
    const hidden = sent("0f1e2d3c-1111-4222-8333-444455556666.local");
    expect(only(at("signalbox.example", hidden, received("203.0.113.9"))).code).toBe("ice-only-mdns");
    const alsoReflexive = at("signalbox.example", hidden, sent("198.51.100.7", "srflx"), received("203.0.113.9"));
    expect(only(alsoReflexive).code).toBe("ice-udp-blocked");
  });

  test("[WEB6] explains a failed ICE by a server that named addresses nobody outside can reach", () => {
    expect(only(at("signalbox.example", sent("198.51.100.7"), received("127.0.0.1"))).code).toBe("ice-server-loopback");
    expect(only(at("203.0.113.9", sent("198.51.100.7"), received("10.0.0.5"))).code).toBe("ice-server-private");
    expect(only(at("192.168.1.5", sent("192.168.1.7"), received("192.168.1.5"))).code).toBe("ice-udp-blocked");
    expect(only(at("localhost", sent("192.168.1.7"), received("127.0.0.1"))).code).toBe("ice-udp-blocked");
  });

  test("[WEB6] names a blocked UDP last, with what the checks on the wire came to", () => {
    const facts = at("signalbox.example", sent("198.51.100.7"), received("203.0.113.9"), {
      type: "checks.counted",
      sent: 24,
      answered: 0,
    });
    expect(only(facts)).toMatchObject({ code: "ice-udp-blocked", title: "No packet got through over UDP." });
    expect(only(facts).why).toContain("Of 24 connectivity checks none was answered.");
    const overTcp = at("signalbox.example", sent("198.51.100.7"), received("203.0.113.9", "host", "tcp"));
    expect(only(overTcp).title).toBe("No packet got through, neither over UDP nor over TCP.");
    const relayed = at("signalbox.example", sent("198.51.100.7", "relay"), received("203.0.113.9"));
    expect(only(relayed).title).toBe("No packet got through, not even by the relay.");
  });

  test("[WEB6] says why nothing connects although ICE has not failed yet", () => {
    const waiting = factsAfter(opened, { type: "answer.received" }, sent("198.51.100.7"), {
      type: "deadline.passed",
      deadline: "way",
    });
    expect(only(waiting).code).toBe("ice-no-remote-candidates");
    expect(only(learn(waiting, state("dtls", "connecting"), 900)).code).toBe("dtls-overdue");
  });

  test("[WEB7] tells failed encryption, an interruption and a loss apart, and says how long it was up", () => {
    const dtls = factsAfter(opened, state("ice", "connected"), state("dtls", "failed"), state("connection", "failed"));
    expect(only(dtls)).toMatchObject({ code: "dtls-failed", severity: "error" });
    expect(only(factsAfter(...connected, state("dtls", "closed"))).code).toBe("connection-closed");

    const interrupted = factsAfter(...connected, state("ice", "disconnected"), state("connection", "disconnected"));
    expect(only(interrupted)).toMatchObject({ code: "connection-interrupted", severity: "warning" });
    expect(only(interrupted).why).toContain("up for 200 ms");

    const lost = factsAfter(...connected, state("connection", "disconnected"), ...iceFailed);
    expect(only(lost)).toMatchObject({ code: "connection-lost", severity: "error" });
    expect(only(lost).why).toContain("up for 100 ms");
  });

  test("[WEB7] says what does not come back over a connection that is up", () => {
    const camera: EchoEvent = { type: "camera.opened", hasVideo: true, hasAudio: true };
    const picture: EchoEvent = { type: "deadline.passed", deadline: "picture" };
    const pong: EchoEvent = { type: "deadline.passed", deadline: "pong" };
    expect(codes(factsAfter(camera, ...connected, picture))).toEqual(["picture-not-returned"]);
    expect(codes(factsAfter(camera, ...connected, pong))).toEqual(["data-not-returned"]);
    // A camera that stopped sends nothing that could come back.
    expect(codes(factsAfter(camera, ...connected, { type: "camera.ended" }, picture))).toEqual(["camera-ended"]);
  });
});

describe("the status", () => {
  const text = (...events: readonly EchoEvent[]): string => statusOf(factsAfter(...events), 100).text;

  test("[WEB8] says each step on the way, and how long connecting took", () => {
    expect(statusOf(noFacts, 0)).toEqual({ text: "Ready when you are.", tone: "idle" });
    expect(text({ type: "camera.asked" })).toContain("allow it");
    expect(text(state("socket", "connecting"))).toBe("Calling the server…");
    expect(text(opened, state("signaling", "have-local-offer"))).toContain("Waiting for the server's answer");
    expect(text(opened, state("ice", "checking"))).toContain("Looking for a way");
    expect(text(opened, state("ice", "connected"), state("dtls", "connecting"))).toContain("encryption keys");
    expect(text(...connected)).toBe("Connected in 300 ms.");
    expect(text(...connected, { type: "echo.returned", what: "pong" })).toBe(
      "Connected in 300 ms. Messages come back.",
    );
  });

  test("[WEB8] never calls a test good that is not", () => {
    const troubles: readonly (readonly EchoEvent[])[] = [
      [opened, ...iceFailed],
      [...connected, state("connection", "disconnected")],
      [...connected, closed],
      [...connected, { type: "deadline.passed", deadline: "pong" }],
      [opened, { type: "server.complained", code: "bad-sdp", message: "" }],
    ];
    for (const events of troubles) expect(statusOf(factsAfter(...events), 0).tone).toMatch(/^(warn|bad)$/);
  });
});
