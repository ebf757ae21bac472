import { onTestFinished } from "vitest";
import { type PeerConfig, RTCPeerConnection } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { WeriftTrack } from "../../kit/werift_track.ts";
import type { openEngines } from "./open_engine.ts";

type OpenedEngine = ReturnType<Awaited<ReturnType<typeof openEngines>>["create"]>;

/** A werift client at the other end of an engine, with descriptions handed over by hand. */
export function connectClient(opened: OpenedEngine, config: Partial<PeerConfig> = {}) {
  const pc = new RTCPeerConnection({ iceServers: [], ...config });
  onTestFinished(() => pc.close());
  return {
    pc,
    addTrack: (kind: "audio" | "video") => new WeriftTrack(pc, kind),
    /** The client offers; resolves when both are connected. @param change what is told of its offer */
    async offer(change = (sdp: string) => sdp): Promise<string> {
      await pc.setLocalDescription(await pc.createOffer());
      const answer = await opened.answer(change(pc.localDescription?.sdp ?? ""));
      await pc.setRemoteDescription({ type: "answer", sdp: answer });
      await eventually(() => pc.connectionState === "connected", { what: "the client to be connected" });
      return answer;
    },
    /** The engine offers. */
    async answer(): Promise<string> {
      const { engine } = opened;
      const offer = await engine.createLocalDescription("offer", { isIceRestart: false });
      await pc.setRemoteDescription({ type: "offer", sdp: offer.sdp });
      await pc.setLocalDescription(await pc.createAnswer());
      await engine.applyRemoteDescription({ type: "answer", sdp: pc.localDescription?.sdp ?? "" });
      return offer.sdp;
    },
  };
}
