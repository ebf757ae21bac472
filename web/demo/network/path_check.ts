import { PoliteNegotiation } from "../../client/polite_negotiation.ts";
import { candidatesInSdp, parseCandidate, type SeenCandidate } from "../candidate.ts";
import { type ServerMessage, SignalingSocket } from "../signaling_socket.ts";
import { readStats, type StatsReading } from "../stats_reading.ts";
import { measureChannel } from "./burst.ts";
import type { PathCause, PathFacts } from "./network_facts.ts";
import { belongsTo, isPairOf, isRelay, onlyCandidatesOf, type PathKind } from "./path_kind.ts";
import { within } from "./within.ts";

/** What the check of one way needs. */
export interface PathCheckOptions {
  readonly url: string;
  /** The TURN server to go through, and nothing for a direct way. */
  readonly iceServers: RTCIceServer[];
  readonly changed: (path: Partial<PathFacts>) => void;
  readonly signal: AbortSignal;
  /** Waits for the turn to measure, which one way has at a time; resolves with what gives it back. */
  readonly turn: () => Promise<() => void>;
}

/** How long the socket, the answer and the way may take. Ours. */
const socketMs = 10_000;
const answerMs = 10_000;
const wayMs = 10_000;
/** How long after the answer an address of the kind may still come: it holds those of the server itself already. Ours. */
const lateCandidateMs = 1_000;

/** A way that came to nothing, and why. */
class PathFailure extends Error {
  readonly path: Partial<PathFacts>;

  constructor(path: Partial<PathFacts>) {
    super(`Cannot use this way: ${path.cause ?? path.state}`);
    this.path = path;
  }
}

/**
 * Tries one way by a real connection to the server's echo: only candidates of the way are told to either side. Measures it when it is
 * its turn. Used once.
 */
export class PathCheck {
  readonly #kind: PathKind;
  readonly #options: PathCheckOptions;
  readonly #peer: RTCPeerConnection;
  readonly #negotiation: PoliteNegotiation;
  readonly #channel: RTCDataChannel;
  readonly #opened = Promise.withResolvers<void>();
  readonly #answered = Promise.withResolvers<void>();
  readonly #offered = Promise.withResolvers<void>();
  readonly #connected = Promise.withResolvers<void>();
  readonly #gatheredAll = Promise.withResolvers<void>();
  #socket: SignalingSocket | undefined;
  #sent: readonly SeenCandidate[] = [];
  #received: readonly SeenCandidate[] = [];
  #startedAtMs = 0;

  /** @throws DOMException where the browser takes no such URL. */
  constructor(kind: PathKind, options: PathCheckOptions) {
    this.#kind = kind;
    this.#options = options;
    const { iceServers } = options;
    this.#peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: isRelay(kind) ? "relay" : "all" });
    this.#negotiation = new PoliteNegotiation(this.#peer, {
      sendDescription: (description) => this.#describe(description),
      failed: (error) => this.#fail({ cause: "refused", detail: String(error) }),
    });
    this.#peer.addEventListener("icecandidate", ({ candidate }) => this.#gathered(candidate));
    this.#peer.addEventListener("icegatheringstatechange", () => {
      if (this.#peer.iceGatheringState === "complete") this.#gatheredAll.resolve();
    });
    this.#peer.addEventListener("connectionstatechange", () => {
      if (this.#peer.connectionState === "failed") this.#connected.reject(new PathFailure({ cause: this.#failure() }));
    });
    for (const { promise } of [this.#opened, this.#answered, this.#offered, this.#connected]) {
      promise.catch(() => undefined);
    }
    // Asked for by hand, when the socket is open.
    this.#peer.onnegotiationneeded = null;
    this.#channel = this.#peer.createDataChannel("check", { ordered: false, maxRetransmits: 0 });
    this.#channel.addEventListener("open", () => this.#connected.resolve());
  }

  /** From the socket to the last packet; says what it found as it goes, and lets go of everything. */
  async run(): Promise<void> {
    const { changed, signal } = this.#options;
    changed({ state: "connecting" });
    try {
      await this.#connect();
      changed({ state: "measuring", connectedMs: performance.now() - this.#startedAtMs });
      await this.#measure();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PathFailure)) throw error;
      const checks = (await this.#stats()).checks;
      changed({ state: "failed", sent: this.#sent, received: this.#received, checks, ...error.path });
    } finally {
      this.#socket?.send({ type: "bye", reason: "The check is over" });
      this.#peer.close();
      this.#socket?.close();
    }
  }

  async #connect(): Promise<void> {
    this.#socket = new SignalingSocket(this.#options.url, {
      opened: () => this.#opened.resolve(),
      received: (message) => this.#receive(message),
      closed: () => this.#fail({ cause: "no-socket" }),
    });
    await this.#wait(this.#opened.promise, { timeoutMs: socketMs, cause: () => "no-socket" });
    this.#startedAtMs = performance.now();
    this.#negotiation.offer();
    await this.#wait(this.#answered.promise, { timeoutMs: answerMs, cause: () => "no-answer" });
    if (!isRelay(this.#kind)) {
      const late = { timeoutMs: lateCandidateMs, cause: () => null };
      await this.#wait(Promise.race([this.#offered.promise, this.#connected.promise]), late);
    }
    const connected = this.#connected.promise;
    const way = Promise.race([connected, this.#gatheredAll.promise.then(() => this.#hasNoAddress() ?? connected)]);
    await this.#wait(way, { timeoutMs: wayMs, cause: () => this.#failure() });
  }

  /**
   * Without an address at the relay there is nothing to try, however long it is waited for. On a direct way there may be: browsers keep
   * addresses to themselves that they connect from all the same.
   */
  #hasNoAddress(): Promise<void> | null {
    if (!isRelay(this.#kind) || this.#sent.length > 0) return null;
    return Promise.reject(new PathFailure({ cause: this.#failure() }));
  }

  /** Waits for a step; one that is overdue has a cause, and without one the server has nothing of the kind. */
  async #wait(
    promise: Promise<void>,
    { timeoutMs, cause }: { timeoutMs: number; cause: () => PathCause | null },
  ): Promise<void> {
    try {
      await within(timeoutMs, { promise, signal: this.#options.signal });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
      const found = cause();
      throw new PathFailure(found === null ? { state: "not-offered" } : { cause: found });
    }
  }

  async #measure(): Promise<void> {
    const { changed, signal, turn } = this.#options;
    const giveBack = await turn();
    try {
      const measured = await measureChannel(this.#channel, signal);
      const { pair, checks } = await this.#stats();
      if (measured.roundTripsMs.length === 0) throw new PathFailure({ cause: "not-echoed" });
      if (pair !== null && !isPairOf(this.#kind, pair)) throw new PathFailure({ cause: "other-way", pair });
      changed({ state: "works", ...measured, pair, checks, sent: this.#sent, received: this.#received });
    } catch (error) {
      if (signal.aborted || error instanceof PathFailure) throw error;
      // A channel that closed under the measurement.
      throw new PathFailure({ cause: "not-echoed" });
    } finally {
      giveBack();
    }
  }

  async #stats(): Promise<StatsReading> {
    return readStats(await this.#peer.getStats());
  }

  /** Why there is no connection, as far as this side sees it. */
  #failure(): PathCause {
    if (["connected", "completed"].includes(this.#peer.iceConnectionState)) return "dtls";
    if (this.#sent.length > 0 || this.#kind === "tcp") return "no-way";
    return isRelay(this.#kind) ? "relay-silent" : "no-own-address";
  }

  /** Whatever is waited for comes to nothing. */
  #fail(path: Partial<PathFacts>): void {
    const failure = new PathFailure(path);
    for (const waiting of [this.#opened, this.#answered, this.#offered, this.#connected]) waiting.reject(failure);
  }

  #describe({ type, sdp }: RTCSessionDescription): void {
    if (type !== "offer" && type !== "answer") return;
    const own = onlyCandidatesOf(this.#kind, sdp);
    this.#sent = [...this.#sent, ...candidatesInSdp(own)];
    this.#socket?.send({ type, sdp: own });
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    // An empty line ends one generation in some browsers; null, which follows it, says the same to the server.
    if (candidate?.candidate === "") return;
    const seen = parseCandidate(candidate?.candidate ?? "");
    if (seen !== null && !belongsTo(this.#kind, seen)) return;
    if (seen !== null) this.#sent = [...this.#sent, seen];
    this.#socket?.send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
  }

  #receive(message: ServerMessage): void {
    if (message.type === "offer" || message.type === "answer") {
      const sdp = onlyCandidatesOf(this.#kind, message.sdp);
      this.#learn(candidatesInSdp(sdp));
      this.#negotiation.receiveDescription({ type: message.type, sdp });
      if (message.type === "answer") this.#answered.resolve();
    } else if (message.type === "candidate") {
      const seen = parseCandidate(message.candidate?.candidate ?? "");
      if (seen !== null && !belongsTo(this.#kind, seen)) return;
      if (seen !== null) this.#learn([seen]);
      this.#negotiation.receiveCandidate(message.candidate);
    } else if (message.type === "error") {
      this.#fail({ cause: "refused", detail: `${message.code}: ${message.message}` });
    } else if (message.type === "bye") {
      this.#fail({ cause: "refused", detail: message.reason });
    }
  }

  #learn(candidates: readonly SeenCandidate[]): void {
    this.#received = [...this.#received, ...candidates];
    if (candidates.length > 0) this.#offered.resolve();
  }
}
