import type { DataChannel, RemoteTrack, SendOptions, SentTrack } from "../../actors/application.ts";
import type { EngineChannel, SendOutcome } from "../../actors/ports.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";

/** A track that a client sends, without any media. */
export class FakeRemoteTrack implements RemoteTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly mid: string;
  readonly layers: readonly string[];
  muted = false;
  readyState: "live" | "ended" = "live";
  onended: (() => void) | null = null;
  keyframeRequestCount = 0;
  /** What `takeAudioLevel` returns, until it is changed. */
  level = 0;

  constructor(init: Partial<Pick<RemoteTrack, "id" | "kind" | "mid" | "layers">> = {}) {
    this.mid = init.mid ?? "0";
    this.kind = init.kind ?? "audio";
    this.id = init.id ?? `remote-${this.mid}`;
    this.layers = init.layers ?? [];
  }

  requestKeyframe(): void {
    this.keyframeRequestCount += 1;
  }

  takeAudioLevel(): number {
    return this.muted ? 0 : this.level;
  }

  /** The client sends it no more. */
  end(): void {
    this.readyState = "ended";
    this.onended?.();
  }
}

/** A track on its way to a client, without any media. */
export class FakeSentTrack implements SentTrack {
  track: RemoteTrack;
  readonly options: SendOptions;
  mid: string | null = null;
  state: SentTrack["state"] = "negotiating";
  layer: string | null = null;
  onchange: (() => void) | null = null;
  /** What `preferLayer` was called with. */
  readonly preferred: (string | null)[] = [];
  stopCount = 0;
  readonly #onStop: () => void;

  constructor(track: RemoteTrack, options: SendOptions, onStop: () => void) {
    this.track = track;
    this.options = options;
    this.#onStop = onStop;
  }

  preferLayer(layer: string | null): void {
    this.preferred.push(layer);
  }

  replaceTrack(track: RemoteTrack): void {
    this.track = track;
  }

  stop(): void {
    this.stopCount += 1;
    if (this.state === "stopped") return;
    this.become("stopped");
    this.#onStop();
  }

  become(state: SentTrack["state"], mid = this.mid): void {
    this.state = state;
    this.mid = mid;
    this.onchange?.();
  }
}

type Reliability = Pick<DataChannel, "ordered" | "maxRetransmits" | "maxPacketLifeTime">;

/** A data channel whose other end is the test. */
export class FakeChannel implements EngineChannel {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | null;
  readonly maxPacketLifeTime: number | null;
  readyState: DataChannel["readyState"] = "open";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  onopen: (() => void) | null = null;
  onmessage: ((data: string | Uint8Array) => void) | null = null;
  onbufferedamountlow: (() => void) | null = null;
  onclose: (() => void) | null = null;
  /** What was sent on it. */
  readonly sent: (string | Uint8Array)[] = [];

  constructor(
    label = "chat",
    protocol = "",
    { ordered = true, maxRetransmits = null, maxPacketLifeTime = null }: Partial<Reliability> = {},
  ) {
    this.label = label;
    this.protocol = protocol;
    this.ordered = ordered;
    this.maxRetransmits = maxRetransmits;
    this.maxPacketLifeTime = maxPacketLifeTime;
  }

  send(data: string | Uint8Array): void {
    if (this.trySend(data) !== "sent") throw new SignalboxError("bad-state", "Cannot send: the channel is closed");
  }

  trySend(data: string | Uint8Array): SendOutcome {
    if (this.readyState !== "open") return "bad-state";
    this.sent.push(data);
    return "sent";
  }

  close(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.onclose?.();
  }
}
