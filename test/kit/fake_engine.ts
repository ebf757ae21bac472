import type { DataChannel, RemoteTrack, SentTrack } from "../../actors/application.ts";
import type { PeerEngine, PeerEngineFactory, PeerEngineOptions } from "../../actors/ports.ts";
import type { Description } from "../../machines/negotiation_events.ts";
import type { CandidateInit } from "../../protocol/client_message.ts";

/** What a test may have an engine do instead of what it does by itself; a step that is not given just succeeds. */
export interface EngineScript {
  create?(): void;
  applyRemoteDescription?(description: Description): Promise<void>;
  createLocalDescription?(type: Description["type"]): Promise<Description>;
  rollback?(): Promise<void>;
  addRemoteCandidate?(candidate: CandidateInit): Promise<void>;
  close?(): Promise<void>;
}

/** An engine that opens nothing: it does what its script says, and reports what a test has it report. */
export class FakeEngine implements PeerEngine {
  readonly options: PeerEngineOptions;
  /** How often `close` was called. */
  closeCount = 0;
  readonly #script: EngineScript;

  constructor(options: PeerEngineOptions, script: EngineScript) {
    this.options = options;
    this.#script = script;
  }

  async applyRemoteDescription(description: Description): Promise<void> {
    await this.#script.applyRemoteDescription?.(description);
  }

  async createLocalDescription(type: Description["type"]): Promise<Description> {
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

  createDataChannel(): DataChannel {
    throw new Error("A fake engine has no channels");
  }

  addTrack(): SentTrack {
    throw new Error("A fake engine sends no tracks");
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
  openChannel(channel: Partial<DataChannel> = {}): void {
    this.options.media.channelOpened(channel as DataChannel);
  }

  /** The client sends a track. */
  addRemoteTrack(track: Partial<RemoteTrack> = {}): void {
    this.options.media.trackAdded(track as RemoteTrack);
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
