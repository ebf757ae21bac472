/** The section of a peer connection that a local track is sent in; none between two connections. */
export class TrackSection {
  #pc: RTCPeerConnection | undefined;
  #transceiver: RTCRtpTransceiver | undefined;

  get mid(): string | null {
    return this.#transceiver?.mid ?? null;
  }

  /** Begins on a peer connection; `media` is only a kind for a track that is to come later. */
  begin(pc: RTCPeerConnection, media: MediaStreamTrack | string, sendEncodings: RTCRtpEncodingParameters[]): void {
    const init = { direction: "sendonly", ...(sendEncodings.length > 0 ? { sendEncodings } : {}) } as const;
    this.#transceiver = pc.addTransceiver(media, init);
    this.#pc = pc;
  }

  /** Forgets the section of a connection that is to be closed: nothing can be asked of it then. Says whether it was this one. */
  drop(pc: RTCPeerConnection): boolean {
    if (pc !== this.#pc) return false;
    this.#pc = this.#transceiver = undefined;
    return true;
  }

  /** Ends it; the peer connection negotiates that. */
  stop(): void {
    const transceiver = this.#transceiver;
    this.#pc = this.#transceiver = undefined;
    transceiver?.stop();
  }

  async send(track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#transceiver;
    try {
      await transceiver?.sender.replaceTrack(track);
    } catch (error) {
      // A connection that closed meanwhile: the next one begins with what there is then.
      if (this.#transceiver === transceiver) throw error;
    }
  }

  async getStats(): Promise<RTCStatsReport | undefined> {
    return await this.#transceiver?.sender.getStats();
  }
}
