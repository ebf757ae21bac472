import { PoliteNegotiation } from "../client/polite_negotiation.ts";
import { candidatesInSdp, parseCandidate } from "./candidate.ts";
import { type Deadline, deadlineMs } from "./deadline.ts";
import type { EchoEvent, MachineName, Returned } from "./echo_event.ts";
import { watchPeer } from "./peer_watch.ts";
import { type ServerMessage, SignalingSocket } from "./signaling_socket.ts";

/** What one echo test is made of. */
export interface EchoOptions {
  readonly url: string;
  /** What to send; null for a test with data alone. The caller owns the stream and stops it. */
  readonly stream: MediaStream | null;
  readonly emit: (event: EchoEvent) => void;
  /** Given the channels before they open: `pings` drops what is lost, `messages` is reliable and in order. */
  readonly created: (pings: RTCDataChannel, messages: RTCDataChannel) => void;
  readonly showReturned: (stream: MediaStream) => void;
}

/**
 * One connection to the server's echo: the socket, the peer connection and two data channels. It says what happens as
 * events and decides nothing about what they mean. Closed once, it is used up.
 */
export class EchoConnection {
  readonly #options: EchoOptions;
  readonly #timers = new Map<Deadline, ReturnType<typeof setTimeout>>();
  readonly #returned = new MediaStream();
  readonly #socket: SignalingSocket;
  /** The connection itself, once the socket is open; whoever draws takes its statistics. */
  peer: RTCPeerConnection | null = null;
  #negotiation: PoliteNegotiation | null = null;
  readonly #confirmed = new Set<Returned>();
  #isClosed = false;

  /** Opens the socket at once, and the peer connection when the socket is open. */
  constructor(options: EchoOptions) {
    this.#options = options;
    this.#emit({ type: "state.changed", machine: "socket", state: "connecting" });
    this.#expect("socket");
    this.#socket = new SignalingSocket(options.url, {
      opened: () => this.#open(),
      received: (message) => this.#receive(message),
      closed: (code, reason) => {
        this.#meet("socket");
        this.#emit({ type: "state.changed", machine: "socket", state: "closed" });
        this.#emit({ type: "socket.closed", code, reason });
      },
    });
  }

  /** Gathers new candidates and offers them; the media goes on meanwhile. */
  restartIce(): void {
    this.peer?.restartIce();
  }

  /** Something came back, and is expected to go on. It may be told often: it becomes an event only where it is news. */
  confirm(what: Returned): void {
    this.#expect(what);
    if (this.#confirmed.has(what)) return;
    this.#confirmed.add(what);
    this.#emit({ type: "echo.returned", what });
  }

  /** Says goodbye where the socket still can, and lets go of everything; nothing is emitted afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#socket.send({ type: "bye", reason: "The test was stopped" });
    this.peer?.close();
    this.#socket.close();
  }

  #emit(event: EchoEvent): void {
    if (!this.#isClosed) this.#options.emit(event);
  }

  /** Starts to wait for something that should come. */
  #expect(deadline: Deadline): void {
    this.#meet(deadline);
    const timer = setTimeout(() => {
      if (deadline === "picture" || deadline === "pong") this.#confirmed.delete(deadline);
      this.#emit({ type: "deadline.passed", deadline });
    }, deadlineMs[deadline]);
    this.#timers.set(deadline, timer);
  }

  #meet(deadline: Deadline): void {
    clearTimeout(this.#timers.get(deadline));
    this.#timers.delete(deadline);
  }

  #open(): void {
    this.#meet("socket");
    this.#emit({ type: "state.changed", machine: "socket", state: "open" });
    const peer = new RTCPeerConnection();
    this.peer = peer;
    watchPeer(peer, (machine, state) => this.#changed(machine, state));
    this.#negotiation = new PoliteNegotiation(peer, {
      sendDescription: (description) => this.#send(description),
      failed: (error) => this.#emit({ type: "negotiation.failed", detail: String(error) }),
      refusedCandidate: (error) => this.#emit({ type: "candidate.refused", detail: String(error) }),
    });
    peer.addEventListener("icecandidate", ({ candidate }) => this.#gathered(candidate));
    peer.addEventListener("track", ({ track }) => {
      this.#returned.addTrack(track);
      this.#options.showReturned(this.#returned);
    });
    // A lost ping is not sent again, so that the time measured is the network's.
    const pings = peer.createDataChannel("pings", { ordered: false, maxRetransmits: 0 });
    pings.addEventListener("open", () => this.#expect("pong"));
    this.#options.created(pings, peer.createDataChannel("messages"));
    const stream = this.#options.stream;
    for (const track of stream?.getTracks() ?? []) peer.addTrack(track, stream ?? new MediaStream());
  }

  #changed(machine: MachineName, state: string): void {
    this.#emit({ type: "state.changed", machine, state });
    if (machine === "connection" && (state === "connected" || state === "failed")) this.#meet("way");
    const hasVideo = (this.#options.stream?.getVideoTracks().length ?? 0) > 0;
    const isAwaited = hasVideo && !this.#confirmed.has("picture");
    if (machine === "connection" && state === "connected" && isAwaited) this.#expect("picture");
  }

  #send(description: RTCSessionDescription): void {
    for (const candidate of candidatesInSdp(description.sdp)) this.#emit({ type: "candidate.sent", candidate });
    if (description.type !== "offer" && description.type !== "answer") return;
    if (!this.#socket.send({ type: description.type, sdp: description.sdp })) return;
    if (description.type === "offer") {
      this.#expect("answer");
      this.#emit({ type: "offer.sent" });
    }
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    // An empty line ends one generation in some browsers; null, which follows it, says the same to the server.
    if (candidate?.candidate === "") return;
    this.#socket.send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
    const seen = candidate === null ? null : parseCandidate(candidate.candidate);
    if (seen !== null) this.#emit({ type: "candidate.sent", candidate: seen });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case "answer":
        this.#meet("answer");
        // A browser that was told no address fails late, or never.
        if (this.peer?.connectionState !== "connected") this.#expect("way");
        this.#emit({ type: "answer.received" });
        this.#describe(message);
        break;
      case "offer":
        this.#describe(message);
        break;
      case "candidate": {
        this.#negotiation?.receiveCandidate(message.candidate);
        const seen = parseCandidate(message.candidate?.candidate ?? "");
        if (seen !== null) this.#emit({ type: "candidate.received", candidate: seen });
        break;
      }
      case "error":
        this.#emit({ type: "server.complained", code: message.code, message: message.message });
        break;
      case "bye":
        this.#emit({ type: "server.left", reason: message.reason });
        break;
    }
  }

  #describe(description: { readonly type: "offer" | "answer"; readonly sdp: string }): void {
    for (const candidate of candidatesInSdp(description.sdp)) this.#emit({ type: "candidate.received", candidate });
    this.#negotiation?.receiveDescription({ type: description.type, sdp: description.sdp });
  }
}
