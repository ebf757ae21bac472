import { describe, expect, test } from "vitest";
import {
  learnNetwork,
  noNetworkFacts,
  type PathCause,
  type PathFacts,
} from "../../../web/demo/network/network_facts.ts";
import { maskedAddress, reportOf } from "../../../web/demo/network/network_report.ts";
import { isRelay, pathKinds } from "../../../web/demo/network/path_kind.ts";
import { sayPath } from "../../../web/demo/network/path_words.ts";
import { verdictOn } from "../../../web/demo/network/verdict.ts";
import { pathContent } from "../../../web/demo/network/way_content.ts";
import { asked, candidate, factsOf, working } from "./network_facts_of.ts";

const sentence = /^[A-Z].*[.]$/;
const failed = (cause: PathCause): Partial<PathFacts> => ({ state: "failed", cause, sent: [candidate("192.168.1.5")] });

describe("ways", () => {
  const causes: readonly PathCause[] = [
    "no-socket",
    "no-answer",
    "refused",
    "no-own-address",
    "no-way",
    "dtls",
    "not-echoed",
  ];
  test.for(causes)("[CHK5] says why a way does not work, and what to do: %s", (cause) => {
    for (const kind of pathKinds) {
      const { outcome, tone, why, remedy } = sayPath(kind, factsOf({ [kind]: failed(cause) }));
      expect([outcome, tone]).toEqual(["Does not work", "bad"]);
      expect(why).toMatch(sentence);
      expect(remedy).toMatch(sentence);
    }
  });

  test("[CHK5] says of a relay whether it refused, cannot be reached, or does not reach the server", () => {
    const say = (cause: PathCause, detail = "") =>
      sayPath("relay-tls", factsOf({ "relay-tls": { ...failed(cause), detail } }));
    expect(say("relay-refused", "401: Unauthorized").why).toContain("refused the password");
    expect(say("relay-refused", "401: Unauthorized").why).toContain("(401: Unauthorized)");
    expect(say("relay-unreachable").remedy).toContain("certificate");
    expect(say("relay-silent").remedy).toContain("TLS");
    expect(say("no-way").why).toBe("The relay works for you, but does not reach the server.");
    const breaks = (cause: PathCause) => pathContent("relay-tls", factsOf({ "relay-tls": failed(cause) })).breaksAt;
    expect([breaks("relay-refused"), breaks("no-way")]).toEqual(["before-relay", "behind-relay"]);
  });

  test("[CHK5] explains direct UDP that fails by the addresses that both sides named", () => {
    const blocked = { ...failed("no-way"), received: [candidate("203.0.113.9")], checks: { sent: 9, answered: 0 } };
    expect(sayPath("udp", factsOf({ udp: blocked })).why).toContain("Of 9 connectivity checks none was answered.");
    const loopback = { ...failed("no-way"), received: [candidate("127.0.0.1")] };
    expect(sayPath("udp", factsOf({ udp: loopback })).remedy).toContain("--announce-ip");
  });

  test("[CHK5] names what the server announces where nothing answers there, and a wrong --announce-ip as a reason", () => {
    const received = [candidate("203.0.113.9"), candidate("2001:db8::9", { port: 40_000 })];
    const facts = factsOf({ udp: { ...failed("no-way"), received }, tcp: { ...failed("no-way"), received: [] } });
    const announced = "The server announces 203.0.113.9:50000 (host), UDP; [2001:db8::9]:40000 (host), UDP";
    expect(pathContent("udp", facts).pair).toBe(announced);
    expect(pathContent("tcp", facts).pair).toBe("");
    expect(pathContent("udp", factsOf({ udp: { ...working, received } })).pair).not.toContain("announces");
    expect(sayPath("udp", facts).why).toContain("a wrong address (--announce-ip)");
    const many = Array.from({ length: 9 }, (_, index) => candidate(`203.0.113.${index}`));
    expect(pathContent("udp", factsOf({ udp: { ...failed("no-way"), received: many } })).pair).toMatch(/; and 3 more$/);
    const report = reportOf(facts, { server: "https://a.example", browser: "b", at: "c" });
    expect(report).toContain(`\n  ${announced}\n`);
  });

  test("[CHK5] says what is not offered, and what was not tested since the server let the page into no room", () => {
    for (const kind of pathKinds) expect(sayPath(kind, factsOf({})).outcome).toBe("Not offered");
    for (const kind of pathKinds.filter(isRelay)) expect(sayPath(kind, factsOf({})).why).toContain("--ice-servers");
    const refused = factsOf({ "relay-udp": { state: "untested" } }, [
      { type: "servers.told", servers: { state: "refused", code: "forbidden", message: "no" } },
    ]);
    expect(sayPath("relay-udp", refused)).toMatchObject({ outcome: "Not tested", tone: "idle" });
    expect(sayPath("relay-udp", refused).why).toContain("forbidden");
  });
});

describe("verdict", () => {
  test("[CHK6] says that calls work directly, and nothing more where nothing is wrong", () => {
    expect(verdictOn(factsOf({ udp: working }))).toEqual({
      code: "works-udp",
      tone: "good",
      text: "Calls will work from here: directly over UDP.",
      advice: [],
    });
  });

  test.for(["tcp", "relay-udp", "relay-tcp", "relay-tls"] as const)(
    "[CHK6] names the best way that works, what to expect of it and what would be better: %s",
    (kind) => {
      const { code, tone, text, advice } = verdictOn(factsOf({ udp: failed("no-own-address"), [kind]: working }));
      expect([code, tone]).toEqual([`works-${kind}`, "warn"]);
      expect(text).toMatch(/^Calls will work from here only .*: expect .*\.$/);
      expect(advice).toEqual(["Try a private window without extensions, or another browser."]);
    },
  );

  test("[CHK6] warns of loss and of slow answers on the way that a call would take", () => {
    const lossy = { ...working, burst: { sent: 100, returned: 94 }, roundTripsMs: [500, 600, 700] };
    const { tone, advice } = verdictOn(factsOf({ udp: lossy, "relay-udp": working }));
    expect(tone).toBe("warn");
    expect(advice).toEqual([
      expect.stringContaining("6 of 100 packets were lost"),
      expect.stringContaining("answer takes long"),
    ]);
    expect(verdictOn(factsOf({ udp: { ...working, burst: { sent: 100, returned: 98 } } })).advice).toEqual([]);
  });

  test("[CHK6] tells of relays that do not work, though none is needed", () => {
    const { tone, advice } = verdictOn(
      factsOf({ udp: working, "relay-udp": failed("relay-refused"), "relay-tls": failed("relay-refused") }),
    );
    expect(tone).toBe("good");
    expect(advice).toEqual(["Relay over UDP and relay over TLS did not work. You need none here, but others might."]);
  });

  test("[CHK6] says that calls will not work, what to do, and who can add a relay", () => {
    const { code, tone, advice } = verdictOn(factsOf({ udp: failed("no-own-address") }));
    expect([code, tone]).toEqual(["no-way", "bad"]);
    expect(advice).toEqual([
      "Try a private window without extensions, or another browser.",
      expect.stringContaining("--ice-servers"),
    ]);
    const withRelay = verdictOn(factsOf({ udp: failed("no-own-address"), "relay-tls": failed("relay-refused") }));
    expect(withRelay.advice.join()).not.toContain("--ice-servers");
    expect(withRelay.advice.join()).toContain("TURN secret");
  });

  test("[CHK6] says each advice once, and asks for no relay where one is there", () => {
    const blocked = { ...failed("no-way"), received: [candidate("203.0.113.9")] };
    const facts = factsOf({ udp: blocked, tcp: blocked, "relay-udp": failed("relay-silent") });
    const all = verdictOn(facts).advice.join(" ");
    expect(all.match(/Try another network/g)).toHaveLength(1);
    expect(all.match(/--announce-ip/g)).toHaveLength(1);
    expect(all).toContain("--udp-ports");
    expect(all).toContain("--tcp-ports");
    expect(verdictOn(factsOf({ tcp: working, udp: blocked })).advice.join()).not.toContain("TURN");
    expect(all).not.toContain("adds a TURN server");
  });

  test("[CHK6] does not promise a call where the browser gives the page no camera and no microphone", () => {
    const verdict = verdictOn({ ...factsOf({ udp: working }), isSecureContext: false });
    expect(verdict).toMatchObject({ code: "works-udp", tone: "warn" });
    expect(verdict.text).toBe(
      "Calls connect from here directly over UDP, but this page may not ask for a camera or a microphone.",
    );
    expect(verdict.advice).toEqual([expect.stringMatching(/^Browsers give none .*https, or on localhost\.$/)]);
    expect(verdictOn({ ...factsOf({ udp: failed("dtls") }), isSecureContext: false }).code).toBe("no-way");
  });

  test("[CHK6] calls a socket that cannot be used what it is: the server is gone, or something lets no WebSockets through", () => {
    const broken = (hasServerAnswered: boolean) =>
      verdictOn(
        factsOf({}, [{ type: "signaling.changed", signaling: { state: "failed", close: null, hasServerAnswered } }]),
      );
    expect(broken(false)).toMatchObject({ code: "server-gone", tone: "bad" });
    expect(broken(true)).toMatchObject({ code: "no-signaling", tone: "bad" });
    expect(broken(true).advice.join()).toContain("Upgrade");
  });

  test("[CHK6] says how far it is, and that a browser has no WebRTC", () => {
    const started = { type: "check.started", hasWebRtc: true, isSecureContext: true, pageHost: "a" } as const;
    const running = learnNetwork(noNetworkFacts, started);
    expect(verdictOn(running)).toMatchObject({ tone: "working", text: "Checking the network… 0 of 6 done." });
    const further = learnNetwork(running, { type: "path.changed", kind: "tcp", path: { state: "not-offered" } });
    expect(verdictOn(further).text).toBe("Checking the network… 1 of 6 done.");
    expect(verdictOn(learnNetwork(noNetworkFacts, { ...started, hasWebRtc: false })).code).toBe("no-webrtc");
  });
});

describe("report", () => {
  const origin = { server: "https://signalbox.example", browser: "A Browser/1", at: "2026-01-02T03:04:05Z" };

  test("[CHK7] holds the verdict, each way with its times, and what servers said", () => {
    const server = asked("turn:a?transport=tcp", {
      kind: "relay-tcp",
      state: "failed",
      trouble: { code: 401, text: "Unauthorized" },
    });
    const report = reportOf(factsOf({ udp: working }, [{ type: "server.asked", server }]), origin);
    expect(report.split("\n").slice(0, 8)).toEqual([
      "Signalbox connection check of https://signalbox.example, 2026-01-02T03:04:05Z",
      "A Browser/1",
      "",
      "Calls will work from here: directly over UDP. [works-udp]",
      "",
      "WebSocket: works, opened in 20 ms, round trip 5.0 ms",
      "Directly over UDP: works, connected in 84 ms, round trip 12 ms, lost 0 of 100",
      "  198.51.x.x (srflx) to 203.0.113.9:40000 (host), udp",
    ]);
    expect(report).toContain("  turn:a?transport=tcp: It refused the password. (401: Unauthorized) After 30 ms.");
  });

  test("[CHK7] leaves out of the person's addresses all but the network", () => {
    const own = ["192.168.1.5", "198.51.100.7", "2001:db8:1:2::3", "0a1b.local"].map((address) => candidate(address));
    expect(own.map(maskedAddress)).toEqual(["192.168.x.x", "198.51.x.x", "2001:db8:…", "hidden"]);
    const events = own.map((one) => ({
      type: "candidate.found" as const,
      candidate: { ...one, afterMs: 1, relatedPort: 0 },
    }));
    const saw = { type: "server.asked" as const, server: asked("stun:a", { candidate: candidate("198.51.100.7") }) };
    const report = reportOf(factsOf({ udp: working }, [...events, saw]), origin);
    for (const { address } of own) expect(report).not.toContain(address);
  });
});
