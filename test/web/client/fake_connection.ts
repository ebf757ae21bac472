import { type SignalingState, setLocal, setRemote } from "../../kit/signaling_table.ts";

type Handler<E = unknown> = ((event: E) => void) | null;

/** What is received in a section. */
export class FakeReceivedTrack extends EventTarget {
  muted = false;
  readyState = "live";
}

/** A section of a {@link FakeConnection}, whose tracks are whatever a test gives. */
export class FakeTransceiver {
  mid: string | null = null;
  isStopped = false;
  readonly sent: unknown[] = [];
  readonly receiver = { track: new FakeReceivedTrack(), getStats: async () => new Map() };
  readonly sender = {
    replaceTrack: async (track: unknown) => {
      this.#connection.mustBeOpen("replaceTrack");
      this.sent.push(track);
    },
    getStats: async () => new Map(),
  };
  readonly #connection: FakeConnection;

  constructor(connection: FakeConnection, track: unknown) {
    this.#connection = connection;
    this.sent.push(track);
  }

  stop(): void {
    this.#connection.mustBeOpen("stop");
    this.isStopped = true;
  }
}

/** A peer connection without a network that obeys the W3C's table of signaling states to the letter. */
export class FakeConnection {
  onnegotiationneeded: Handler<void> = null;
  onicecandidate: Handler<{ candidate: unknown }> = null;
  onconnectionstatechange: Handler<void> = null;
  ontrack: Handler<void> = null;
  signalingState: SignalingState | "closed" = "stable";
  connectionState = "new";
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  /** What was done, in order. */
  readonly log: string[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  readonly channels: { label: string; readyState: string; onopen: Handler<void> }[] = [];
  restarts = 0;
  configuration: RTCConfiguration;
  #offers = 0;
  #isNeeded = false;

  constructor(configuration: RTCConfiguration = {}) {
    this.configuration = configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  async setLocalDescription(description?: { type: string }): Promise<void> {
    await Promise.resolve();
    const isAnswer = this.signalingState === "have-remote-offer";
    const type = (description?.type ?? (isAnswer ? "answer" : "offer")) as "offer" | "answer" | "rollback";
    this.#become(setLocal, type, `local ${type}`);
    if (type === "offer") this.#isNeeded = false;
    for (const [index, each] of this.transceivers.entries()) each.mid ??= `${index}`;
    this.#offers += 1;
    this.localDescription = type === "rollback" ? null : { type, sdp: `${type} ${this.#offers}` };
    if (type === "rollback") this.#isNeeded = true;
    this.#fire();
  }

  async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
    await Promise.resolve();
    if (sdp === "bad") throw new Error("it is bad");
    const wasOffering = this.signalingState === "have-local-offer" && type === "offer";
    this.#become(setRemote, type as "offer", `remote ${type}`);
    if (wasOffering) this.#isNeeded = true;
    this.remoteDescription = { type, sdp };
    this.#fire();
  }

  async addIceCandidate(candidate?: { candidate: string }): Promise<void> {
    this.log.push(`candidate ${candidate?.candidate ?? "end"}`);
  }

  addTransceiver(track: unknown, init?: { direction?: string; sendEncodings?: unknown[] }): FakeTransceiver {
    this.mustBeOpen("addTransceiver");
    const transceiver = new FakeTransceiver(this, track);
    this.transceivers.push(transceiver);
    this.log.push(`section ${init?.direction} ${init?.sendEncodings?.length ?? 0}`);
    this.need();
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  createDataChannel(label: string, init: object): object {
    this.mustBeOpen("createDataChannel");
    const channel = { label, readyState: "connecting", onopen: null, close: () => undefined, init };
    this.channels.push(channel);
    this.need();
    return channel;
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  restartIce(): void {
    this.mustBeOpen("restartIce");
    this.restarts += 1;
    this.log.push("restart");
    this.need();
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
    for (const channel of this.channels) channel.readyState = "closed";
  }

  /** As browsers do at what is asked of a connection that is closed. */
  mustBeOpen(what: string): void {
    if (this.signalingState === "closed") throw new DOMException(`Cannot ${what}: it is closed`, "InvalidStateError");
  }

  /** Something is to be negotiated. */
  need(): void {
    this.#isNeeded = true;
    this.#fire();
  }

  /** What ICE and DTLS came to. */
  connectionBecame(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #fire(): void {
    queueMicrotask(() => {
      if (this.#isNeeded && this.signalingState === "stable") this.onnegotiationneeded?.();
    });
  }

  #become(table: typeof setLocal, type: "offer" | "answer" | "rollback", what: string): void {
    const next = this.signalingState === "closed" ? undefined : table[this.signalingState][type];
    if (next === undefined) throw new Error(`InvalidStateError: ${what} in ${this.signalingState}`);
    this.signalingState = next;
    this.log.push(what);
  }
}

/** Lets everything that needs no time come to its end. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
