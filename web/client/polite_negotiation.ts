/** What a negotiation needs from its surroundings. */
export interface NegotiationPorts {
  sendDescription(description: RTCSessionDescription): void;
  /** A description of the server was applied, before the answer to it is made. */
  described?(): void;
  /** A description could not be made or taken; the connection stays as it was. */
  failed(error: unknown): void;
  /** A candidate of the server could not be taken; the others are. */
  refusedCandidate?(error: unknown): void;
}

/**
 * Perfect negotiation, the polite side (W3C WebRTC, 10.7): either side may offer at any time; where both do at once, the server's
 * offer wins: this side's own is rolled back and made again afterwards. One step is under way at a time, in the order they came.
 */
export class PoliteNegotiation {
  readonly #connection: RTCPeerConnection;
  readonly #ports: NegotiationPorts;
  readonly #early: (RTCIceCandidateInit | null)[] = [];
  #tail: Promise<void> = Promise.resolve();

  constructor(connection: RTCPeerConnection, ports: NegotiationPorts) {
    this.#connection = connection;
    this.#ports = ports;
    connection.onnegotiationneeded = () => this.offer();
  }

  /** Offers when nothing else is under way; when something is, the browser asks again after it. */
  offer(): void {
    this.#enqueue(async () => {
      if (this.#connection.signalingState === "stable") await this.#describe();
    });
  }

  /** Takes back the own offer, which the server will not answer; the browser asks for another one if one is needed still. */
  takeBack(): void {
    this.#enqueue(async () => {
      if (this.#connection.signalingState !== "have-local-offer") return;
      await this.#connection.setLocalDescription({ type: "rollback" });
    });
  }

  /** Takes the server's offer or answer, and answers an offer. `before` is called when it is this one's turn. */
  receiveDescription(description: RTCSessionDescriptionInit, before?: () => void): void {
    this.#enqueue(async () => {
      const isOffer = description.type === "offer";
      // Such as the answer to an offer that was rolled back meanwhile.
      if (!isExpected(isOffer, this.#connection.signalingState)) return;
      before?.();
      await this.#connection.setRemoteDescription(description);
      this.#ports.described?.();
      if (isOffer) await this.#describe();
      for (const candidate of this.#early.splice(0)) await this.#takeCandidate(candidate);
    });
  }

  /** Takes a candidate of the server; null ends them. One that comes before its description waits for it. */
  receiveCandidate(candidate: RTCIceCandidateInit | null): void {
    this.#enqueue(() => this.#takeCandidate(candidate));
  }

  #enqueue(step: () => Promise<void>): void {
    this.#tail = this.#tail.then(async () => {
      if (this.#connection.signalingState === "closed") return;
      try {
        await step();
      } catch (error) {
        // What was under way when the connection was closed fails by that.
        if ((this.#connection.signalingState as string) !== "closed") this.#ports.failed(error);
      }
    });
  }

  async #takeCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    if (this.#connection.remoteDescription === null) {
      this.#early.push(candidate);
      return;
    }
    await this.#connection
      .addIceCandidate(candidate ?? undefined)
      .catch((error: unknown) => this.#ports.refusedCandidate?.(error));
  }

  async #describe(): Promise<void> {
    await this.#connection.setLocalDescription();
    const description = this.#connection.localDescription;
    if (description !== null) this.#ports.sendDescription(description);
  }
}

/** What the W3C's table lets a remote description do (W3C WebRTC 4.3.1); an offer first rolls back this side's own. */
function isExpected(isOffer: boolean, state: RTCSignalingState): boolean {
  return isOffer
    ? state === "stable" || state === "have-local-offer"
    : /^have-(local-offer|remote-pranswer)$/.test(state);
}
