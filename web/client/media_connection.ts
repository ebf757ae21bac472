import type { ClientMessage } from "../../protocol/client_message.ts";
import type { TrackLabels } from "../../protocol/room.ts";
import type { CarriedTracks } from "../../protocol/server_message.ts";
import type { ClientError } from "./client_error.ts";
import { IceRecovery } from "./ice_recovery.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import type { Platform } from "./platform.ts";
import { PoliteNegotiation } from "./polite_negotiation.ts";

/** How long an offer that was refused for now waits before it is made again. Ours; the server counts messages by the second. */
const retryMs = 1_000;
/** How many refused offers in a row are the connection's fault. Ours. */
const maxRefusals = 3;

/** How long the answer to an offer may take. Ours: as long as any other step. */
export const answerTakesMs = 10_000;

/** What a media connection needs and whom it tells. */
export interface MediaConnectionOptions {
  readonly platform: Platform;
  readonly configuration: RTCConfiguration;
  /** Sends to the server; returns the message's `ref`, or undefined when there was no way to send it. */
  send(message: ClientMessage): string | undefined;
  /** Whether an answer could come. */
  isReachable(): boolean;
  /** What this side sends, by the `mid` of each section. */
  labels(): TrackLabels;
  /** What comes may have changed: ask `receiverOf`. */
  carriedChanged(): void;
  /** `connectionState` of the peer connection changed. */
  changed(): void;
  /** It cannot be mended: a new one is needed. */
  broke(error: ClientError): void;
}

/** One peer connection with the server, and the signaling for it. Whoever made it closes it. */
export class MediaConnection {
  readonly pc: RTCPeerConnection;
  readonly #options: MediaConnectionOptions;
  readonly #negotiation: PoliteNegotiation;
  readonly #recovery: IceRecovery;
  #carried: CarriedTracks = {};
  #offerRef: string | undefined;
  #cancelTakeBack: (() => void) | undefined;
  #cancelAnswer: (() => void) | undefined;
  /** Offers in a row that the server refused. */
  #refusals = 0;
  #isClosed = false;

  constructor(options: MediaConnectionOptions) {
    this.#options = options;
    const { platform } = options;
    this.pc = platform.createPeerConnection(options.configuration);
    this.#negotiation = new PoliteNegotiation(this.pc, {
      sendDescription: (description) => this.#sendDescription(description),
      described: () => options.carriedChanged(),
      failed: (error) => this.#recovery.giveUp(`a description could not be used: ${error}`),
    });
    this.#recovery = new IceRecovery(platform, {
      restart: () => this.pc.restartIce(),
      broke: options.broke,
      isReachable: options.isReachable,
    });
    this.pc.onicecandidate = ({ candidate }) => {
      options.send({
        type: "candidate",
        candidate: (candidate?.toJSON() as { candidate: string } | undefined) ?? null,
      });
    };
    // Browsers have a receiver's track from the start; werift has another one with the first packet.
    this.pc.ontrack = () => options.carriedChanged();
    this.pc.onconnectionstatechange = () => {
      if (this.#isClosed) return;
      this.#recovery.stateChanged(this.pc.connectionState);
      options.changed();
    };
  }

  /** Has the server send others' tracks although nothing is sent to it: by sections to receive them in. */
  listen(): void {
    this.pc.addTransceiver("audio", { direction: "recvonly" });
    this.pc.addTransceiver("video", { direction: "recvonly" });
  }

  /** The receiver's track that carries a published track now; undefined while none does. */
  receiverOf(track: string): RTCRtpReceiver | undefined {
    return this.pc.getTransceivers().find(({ mid }) => mid !== null && this.#carried[mid]?.track === track)?.receiver;
  }

  /** Takes what the server says about this connection; false for what is about something else. */
  receive(message: IncomingMessage): boolean {
    switch (message.type) {
      case "offer":
      case "answer":
      case "pranswer":
        this.#negotiation.receiveDescription({ type: message.type, sdp: message.sdp }, () => {
          this.#carried = message.tracks ?? {};
          if (message.type !== "answer") return;
          this.#cancelAnswer?.();
          this.#refusals = 0;
        });
        return true;
      case "candidate":
        this.#negotiation.receiveCandidate(message.candidate as RTCIceCandidateInit | null);
        return true;
      default:
        return false;
    }
  }

  /** Takes an error of the server: if it is about the last offer, that is taken back, and made again where that may help. */
  receiveError(error: ClientError, ref: unknown): boolean {
    if (ref === undefined || ref !== this.#offerRef) return false;
    this.#offerRef = undefined;
    this.#cancelAnswer?.();
    this.#refusals += 1;
    if (this.#refusals > maxRefusals) this.#recovery.giveUp(`the server refused ${this.#refusals} offers in a row`);
    else if (!error.isRetryable) this.#negotiation.takeBack();
    else this.#cancelTakeBack = this.#options.platform.startTimer(retryMs, () => this.#negotiation.takeBack());
    return true;
  }

  /**
   * Offers anew, since it is not known what became of the last offer: the socket was lost and the session resumed. An ICE restart, if
   * there has to be one, is in that offer.
   */
  resynchronize(isNetworkNew: boolean): void {
    this.#recovery.renew(this.pc.connectionState, isNetworkNew);
    this.#negotiation.takeBack();
    this.#negotiation.offer();
  }

  /** Closes the peer connection; the server is told, if the socket is the one it belongs to. */
  close(): void {
    this.#isClosed = true;
    this.#recovery.stop();
    this.#cancelTakeBack?.();
    this.#cancelAnswer?.();
    this.pc.onicecandidate = this.pc.onnegotiationneeded = null;
    this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
  }

  #sendDescription({ type, sdp }: RTCSessionDescription): void {
    if (this.#isClosed) return;
    if (type !== "offer") {
      this.#options.send({ type: type as "answer", sdp });
      return;
    }
    // What was to be taken back is not this one.
    this.#cancelTakeBack?.();
    this.#offerRef = this.#options.send({ type, sdp, tracks: { ...this.#options.labels() } });
    this.#cancelAnswer?.();
    this.#cancelAnswer = this.#options.platform.startTimer(answerTakesMs, () => {
      // An offer on a socket that was lost is made again on the next.
      if (this.pc.signalingState === "have-local-offer" && this.#options.isReachable())
        this.#recovery.giveUp(`the server did not answer an offer for ${answerTakesMs / 1000} s`);
    });
  }
}
