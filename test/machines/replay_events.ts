import type { AnyEventObject } from "xstate";
import { limits as connectivityLimits } from "./run_connectivity.ts";
import { samples } from "./run_negotiation.ts";
import { timeouts as peerTimeouts } from "./run_peer.ts";
import { memberOf, limits as roomLimits, trackOf } from "./run_room.ts";
import { limits, timeouts } from "./run_session.ts";

// Something of everything that a machine may be told, for walks that end anywhere.

const candidate = { candidate: "candidate:1 1 udp 1 192.0.2.1 1 typ host", usernameFragment: "u" };

const connectivity: readonly AnyEventObject[] = [
  { type: "remote.describing" },
  { type: "remote.described", usernameFragments: ["u"] },
  { type: "remote.described", usernameFragments: ["w"] },
  { type: "remote.dismissed" },
  { type: "candidate.received", candidate, ref: 1 },
  { type: "candidate.received", candidate: { ...candidate, usernameFragment: "w" } },
  { type: "candidate.received", candidate: null },
  { type: "candidate.refused", message: "no", ref: null },
  { type: "gathering.changed", state: "gathering" },
  { type: "gathering.changed", state: "complete" },
  { type: "candidate.gathered", candidate },
  { type: "ice.changed", state: "connected" },
  { type: "ice.changed", state: "failed" },
  { type: "dtls.changed", state: "connecting" },
  { type: "dtls.changed", state: "connected" },
  { type: "dtls.changed", state: "failed" },
  { type: "selectedPair.changed" },
  { type: "transport.silent" },
  { type: "consent.expired" },
  { type: "transport.heard" },
];
const peer: readonly AnyEventObject[] = [
  ...Object.values(samples).filter(({ type }) => type !== "peer.closed"),
  ...connectivity,
  { type: "peer.closed", isTold: false, reason: "kicked" },
  { type: "engine.closed" },
];
const say = (message: object): AnyEventObject => ({ type: "message.received", message });
const session: readonly AnyEventObject[] = [
  ...peer,
  ...peer,
  say({ type: "offer", sdp: `v=0\r\na=ice-pwd:${"secret".repeat(5)}\r\n` }),
  say({ type: "offer", sdp: "o", ref: "r" }),
  say({ type: "answer", sdp: "a" }),
  say({ type: "candidate", candidate }),
  say({ type: "candidate", candidate: "candidate:2" }),
  say({ type: "bye" }),
  say({ type: "join", room: "atrium", name: "Ada", token: "a-token-that-is-long-enough", ref: 1 }),
  say({ type: "data", payload: { text: "whispered" } }),
  say({ type: "leave" }),
  say({ type: "resume", token: "a-token" }),
  say({ type: "metadata", metadata: { a: [1, null] } }),
  { type: "room.joined" },
  { type: "room.joined" },
  { type: "room.refused" },
  { type: "room.left" },
  { type: "resume.refused" },
  { type: "session.resumed", ref: null },
  { type: "session.reentered", entry: { room: "atrium", name: "Ada", isSubscribing: true, ref: 2 } },
  { type: "socket.closed", isDropped: true },
  { type: "session.superseded" },
];
const subscription: readonly AnyEventObject[] = [
  { type: "peer.opened", peerId: "p", isConnected: true },
  { type: "peer.opened", peerId: "q", isConnected: false },
  { type: "peer.closed" },
  { type: "peer.connected" },
  { type: "peer.disconnected" },
  { type: "track.negotiated", mid: "0" },
  { type: "track.renegotiated" },
  { type: "track.rejected" },
  { type: "track.stopped" },
  { type: "track.muted" },
  { type: "track.unmuted" },
  { type: "layer.chosen", layer: "h" },
  { type: "layer.changed", layer: null },
  { type: "subscription.ended" },
];
const remote = { info: { id: "cleo", name: "Cleo", metadata: null, state: "connected", tracks: [] }, since: 1 };
const join = (id: string): AnyEventObject => ({ type: "join.requested", member: memberOf(id), ref: null });
const room: readonly AnyEventObject[] = [
  join("ada"),
  join("bob"),
  join("dan"),
  join("eve"),
  { type: "member.awaited", memberId: "ada" },
  { type: "member.forgone", memberId: "ada" },
  { type: "member.left", memberId: "ada", reason: "left" },
  { type: "member.left", memberId: "bob", reason: "kicked" },
  { type: "member.detached", memberId: "ada" },
  { type: "member.resumed", memberId: "ada", ref: 3 },
  { type: "metadata.changed", memberId: "ada", metadata: { hand: true } },
  { type: "data.sent", memberId: "ada", payload: "whispered", ref: 4 },
  { type: "track.published", memberId: "ada", track: trackOf("t"), mid: "0" },
  { type: "track.unpublished", memberId: "ada", trackId: "t" },
  { type: "track.labeled", memberId: "ada", trackId: "t", source: "screen", name: "" },
  { type: "track.muted", memberId: "ada", trackId: "t", muted: true },
  { type: "subscription.requested", memberId: "bob", trackId: "t", layer: null },
  { type: "subscription.dismissed", memberId: "bob", trackId: "t" },
  { type: "room.closed" },
];
const remotePart: readonly AnyEventObject[] = [
  { type: "part.changed", number: 1, change: { peer: remote } },
  { type: "part.changed", number: 2, change: { left: "cleo", reason: "left" } },
  { type: "part.changed", number: 4, change: { peer: remote } },
  { type: "part.beat", number: 1, digest: 1 },
  { type: "part.told", number: 3, peers: [remote] },
  { type: "part.recalled", number: 1, peers: [remote] },
  { type: "part.ended", number: 5 },
  { type: "link.restored" },
];
const node: readonly AnyEventObject[] = [
  { type: "edge.opened", url: "http://127.0.0.1:1" },
  { type: "edge.failed", error: new Error("no") },
  { type: "edge.closed" },
  { type: "sessions.closed" },
  { type: "others.gone" },
  { type: "supervisor.escalated" },
  { type: "node.stopRequested", hasOthers: true },
  { type: "node.stopRequested", hasOthers: false },
];
const busLink: readonly AnyEventObject[] = [
  { type: "link.opened" },
  { type: "link.failed", reason: "refused", jitter: 0.5 },
  { type: "link.lost", reason: "gone", jitter: 0.25 },
  { type: "link.closeRequested", reason: "over" },
  { type: "link.closed" },
];

const iceSource: readonly AnyEventObject[] = [
  { type: "servers.fetched", lifeMs: 10_000, isExpiring: true, missing: 0, shelfLifeMs: 5_000 },
  { type: "servers.fetched", lifeMs: 2_000, isExpiring: false, missing: 2, shelfLifeMs: 5_000 },
  { type: "spares.counted", missing: 1, shelfLifeMs: 3_000 },
  { type: "servers.disabled" },
  { type: "fetch.failed", reason: "it answered 503", jitter: 0.5, retryAfterMs: 0 },
  { type: "source.stopped" },
];

const all: Readonly<Record<string, { readonly input: unknown; readonly events: readonly AnyEventObject[] }>> = {
  session: { input: { sessionId: "s", timeouts, limits }, events: session },
  peer: {
    input: { peerId: "p", sessionId: "s", isPolite: false, timeouts: peerTimeouts, limits: connectivityLimits },
    events: peer,
  },
  subscription: {
    input: {
      subscriptionId: "x",
      subscriberId: "a",
      publisherId: "b",
      trackId: "t",
      preferredLayer: null,
      isMuted: false,
    },
    events: subscription,
  },
  room: { input: { room: "atrium", limits: roomLimits }, events: room },
  remotePart: {
    input: {
      room: "atrium",
      node: "n",
      timeouts: { partTimeoutMs: 1_000, nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000 },
    },
    events: remotePart,
  },
  node: { input: { timeouts: { shutdownTimeoutMs: 1_000, drainTimeoutMs: 5_000 } }, events: node },
  busLink: {
    input: { timeouts: { firstRetryMs: 100, maxRetryMs: 5_000, closeTimeoutMs: 1_000 } },
    events: busLink,
  },
  iceSource: { input: { timeouts: { firstRetryMs: 100, maxRetryMs: 5_000, requestPauseMs: 50 } }, events: iceSource },
};

/** What a machine is started with. */
export function inputOf(kind: string): unknown {
  return all[kind]?.input;
}

/** What may happen to it, and to those below it. */
export function eventsOf(kind: string): readonly AnyEventObject[] {
  return all[kind]?.events ?? [];
}
