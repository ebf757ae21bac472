import { onTestFinished } from "vitest";
import { RTCPeerConnection } from "werift";
import type { DataChannel, RemoteTrack } from "../../../actors/application.ts";
import type { PeerEngine, PeerEngineEvent } from "../../../actors/ports.ts";
import { StaticServers } from "../../../transport/ice/static_servers.ts";
import {
  WeriftEngineFactory,
  type WeriftEngineFactoryOptions,
} from "../../../transport/media/werift_engine_factory.ts";
import { Mailbox } from "../../kit/mailbox.ts";

export const defaultOptions: WeriftEngineFactoryOptions = {
  announceIps: [],
  iceServers: new StaticServers([]),
  interfaces: [],
  isIceLite: false,
  relayCandidates: "auto",
  silenceTimeoutMs: 8_000,
  consentTimeoutMs: 30_000,
  maxDataChannels: 256,
  maxMediaSections: 64,
  maxMessageBytes: 262_144,
  maxChannelBufferBytes: 1_048_576,
  onFailure: (error) => {
    throw error;
  },
};

/** A factory for engines that a test drives by hand, each closed at the end of the test. */
export async function openEngines(options: Partial<WeriftEngineFactoryOptions> = {}) {
  const factory = await WeriftEngineFactory.create({ ...defaultOptions, ...options });
  let count = 0;
  return {
    create() {
      const events = new Mailbox<PeerEngineEvent>("a report of the engine");
      const failures: unknown[] = [];
      const channels = new Mailbox<DataChannel>("a channel", ({ label }) => label);
      const tracks = new Mailbox<RemoteTrack>("a track", ({ kind }) => kind);
      const engine: PeerEngine = factory.create({
        peerId: `peer-${++count}`,
        report: (event) => events.push(event),
        media: {
          channelOpened: (channel) => channels.push(channel),
          trackAdded: (track) => tracks.push(track),
          handlerFailed: (error) => failures.push(error),
        },
      });
      onTestFinished(() => engine.close());
      /** Takes an offer and makes the answer. */
      const answer = async (sdp: string): Promise<string> => {
        await engine.applyRemoteDescription({ type: "offer", sdp });
        return (await engine.createLocalDescription("answer", { isIceRestart: false })).sdp;
      };
      return { engine, events, channels, tracks, failures, answer };
    },
  };
}

/** A client's offer, with a channel and, if asked for, a video section; no socket is opened for it. */
export async function makeOffer({ hasVideo = false } = {}): Promise<string> {
  const client = new RTCPeerConnection({ iceServers: [] });
  onTestFinished(() => client.close());
  client.createDataChannel("chat");
  if (hasVideo) client.addTransceiver("video", { direction: "sendrecv" });
  return (await client.createOffer()).sdp;
}

/** The candidate lines of a description. */
export function candidatesOf(sdp: string): string[] {
  return [...sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(([, candidate]) => candidate ?? "");
}

/** The addresses, or with `at` 5 the ports, of candidates. */
export function fieldsOf(candidates: readonly string[], at: 4 | 5): string[] {
  return candidates.map((candidate) => candidate.split(" ")[at] ?? "");
}
