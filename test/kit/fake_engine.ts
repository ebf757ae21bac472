import type { DataChannelOptions, RemoteTrack, SendOptions } from "../../actors/application.ts";
import type { PeerEngine, PeerEngineFactory, PeerEngineOptions } from "../../actors/ports.ts";
import type { Description } from "../../machines/negotiation_events.ts";
import type { CandidateInit } from "../../protocol/client_message.ts";
import type { ConnectionObservation } from "../../protocol/connection_observation.ts";
import { FakeChannel, FakeRemoteTrack, FakeSentTrack } from "./fake_media.ts";

/** What a test may have an engine do instead of what it does by itself; a step that is not given just succeeds. */
export interface EngineScript {
  create?(): void;
  applyRemoteDescription?(description: Description): Promise<void>;
  createLocalDescription?(type: Description["type"]): Promise<Description>;
  rollback?(): Promise<void>;
  addRemoteCandidate?(candidate: CandidateInit): Promise<void>;
  observe?(): ConnectionObservation;
  close?(): Promise<void>;
}

/** An engine that opens nothing: it does what its script says, and reports what a test has it report. */
export class FakeEngine implements PeerEngine {
  readonly options: PeerEngineOptions;
  /** How often `close` was called. */
  closeCount = 0;
  /** Every track that was sent, also those that were stopped. */
  readonly sentTracks: FakeSentTrack[] = [];
  readonly ownChannels: FakeChannel[] = [];
  #isNegotiationNeeded = false;
  #sectionCount = 0;
  readonly #script: EngineScript;

  constructor(options: PeerEngineOptions, script: EngineScript) {
    this.options = options;
    this.#script = script;
  }

  async applyRemoteDescription(description: Description): Promise<void> {
    await this.#script.applyRemoteDescription?.(description);
    if (description.type !== "answer") return;
    for (const sent of this.sentTracks) if (sent.state === "negotiating" && sent.mid !== null) sent.become("sending");
  }

  async createLocalDescription(type: Description["type"]): Promise<Description> {
    for (const sent of this.sentTracks) if (sent.state === "negotiating") sent.mid ??= `s${this.#sectionCount++}`;
    return (
      (await this.#script.createLocalDescription?.(type)) ?? { type, sdp: `v=0 ${type} of ${this.options.peerId}` }
    );
  }

  async rollback(): Promise<void> {
    await this.#script.rollback?.();
  }

  async addRemoteCandidate(candidate: CandidateInit): Promise<void> {
    await this.#script.addRemoteCandidate?.(candidate);
  }

  createDataChannel(label: string, { protocol }: DataChannelOptions): FakeChannel {
    const channel = new FakeChannel(label, protocol);
    this.ownChannels.push(channel);
    return channel;
  }

  addTrack(track: RemoteTrack, options: SendOptions = {}): FakeSentTrack {
    const sent = new FakeSentTrack(track, options, () => this.#needNegotiation());
    this.sentTracks.push(sent);
    this.#needNegotiation();
    return sent;
  }

  observe(): ConnectionObservation {
    return this.#script.observe?.() ?? { pairs: [], tracks: [] };
  }

  async close(): Promise<void> {
    this.closeCount += 1;
    await this.#script.close?.();
  }

  /** ICE and DTLS are through, as an engine reports it. */
  connect(): void {
    this.options.report({ type: "ice.changed", state: "connected" });
    this.options.report({ type: "dtls.changed", state: "connected" });
  }

  /** The client opened a channel. */
  openChannel(label?: string, protocol?: string): FakeChannel {
    const channel = new FakeChannel(label, protocol);
    this.options.media.channelOpened(channel);
    return channel;
  }

  /** The client sends a track. */
  addRemoteTrack(init: ConstructorParameters<typeof FakeRemoteTrack>[0] = {}): FakeRemoteTrack {
    const track = new FakeRemoteTrack(init);
    this.options.media.trackAdded(track);
    return track;
  }

  /** What several calls of a turn changed is one negotiation. */
  #needNegotiation(): void {
    if (this.#isNegotiationNeeded) return;
    this.#isNegotiationNeeded = true;
    queueMicrotask(() => {
      this.#isNegotiationNeeded = false;
      if (this.closeCount === 0) this.options.report({ type: "negotiation.needed" });
    });
  }
}

/** Makes fake engines and keeps the last one; `script` may be changed between two offers. */
export class FakeEngines implements PeerEngineFactory {
  script: EngineScript;
  #last: FakeEngine | undefined;

  constructor(script: EngineScript = {}) {
    this.script = script;
  }

  create(options: PeerEngineOptions): PeerEngine {
    this.script.create?.();
    this.#last = new FakeEngine(options, this.script);
    return this.#last;
  }

  /** The engine of the newest peer. */
  get last(): FakeEngine {
    if (this.#last === undefined) throw new Error("There is no engine yet: nothing was offered");
    return this.#last;
  }
}
