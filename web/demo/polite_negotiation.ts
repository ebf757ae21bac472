/** What a negotiation needs from its surroundings. */
export interface NegotiationPorts {
  sendDescription(description: RTCSessionDescription): void;
  /** A description could not be made or taken; the connection stays as it was. */
  failed(error: unknown): void;
  /** A candidate of the server could not be taken. */
  refusedCandidate(error: unknown): void;
}

/**
 * Perfect negotiation, the polite side (W3C WebRTC, section 10.7). Either side may offer at any time; where both do at
 * once, the server's offer wins: the browser rolls its own back and offers again when it is stable.
 */
export class PoliteNegotiation {
  readonly #connection: RTCPeerConnection;
  readonly #ports: NegotiationPorts;
  readonly #early: (RTCIceCandidateInit | null)[] = [];
  #tail: Promise<void> = Promise.resolve();

  constructor(connection: RTCPeerConnection, ports: NegotiationPorts) {
    this.#connection = connection;
    this.#ports = ports;
    connection.addEventListener("negotiationneeded", () => this.#offer());
  }

  /** Takes the server's offer or answer, and answers an offer. One after the other, in the order they came. */
  receiveDescription(description: RTCSessionDescriptionInit): void {
    this.#tail = this.#tail.then(() => this.#takeDescription(description));
  }

  /** Takes a candidate of the server; null ends them. One that comes before its description waits for it. */
  receiveCandidate(candidate: RTCIceCandidateInit | null): void {
    this.#tail = this.#tail.then(() => this.#takeCandidate(candidate));
  }

  async #takeDescription(description: RTCSessionDescriptionInit): Promise<void> {
    try {
      await this.#connection.setRemoteDescription(description);
      if (description.type === "offer") await this.#describe();
    } catch (error) {
      this.#ports.failed(error);
      return;
    }
    for (const candidate of this.#early.splice(0)) await this.#takeCandidate(candidate);
  }

  async #takeCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    if (this.#connection.remoteDescription === null) {
      this.#early.push(candidate);
      return;
    }
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      this.#ports.refusedCandidate(error);
    }
  }

  async #offer(): Promise<void> {
    try {
      await this.#describe();
    } catch (error) {
      this.#ports.failed(error);
    }
  }

  async #describe(): Promise<void> {
    await this.#connection.setLocalDescription();
    const description = this.#connection.localDescription;
    if (description !== null) this.#ports.sendDescription(description);
  }
}
