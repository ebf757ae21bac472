// The polite side of perfect negotiation (W3C WebRTC section 10.7) in a room: says what each of its sections carries, and knows by
// the server's `tracks` what comes in each.

import { openTrack } from "./room_media.js";

/** The layers of simulcast, the lowest first; small, so that a browser soon believes that its path carries all of them. */
const simulcastLayers = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 80_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 160_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 350_000 },
];

/** One peer connection and the signaling for it. */
export class RoomConnection {
  #pc = new RTCPeerConnection({ iceServers: [] });
  #send;
  #note;
  #isMakingOffer = false;
  /** What this page sends, by its transceiver. */
  #labels = new Map();
  /** What comes, by mid. */
  #tracks = {};
  #elements = new Map();
  #closed = Promise.withResolvers();
  /** Camera and microphone are to be played in step. */
  #face = new MediaStream();

  constructor({ send, note, onChannel }) {
    this.#send = send;
    this.#note = note;
    const pc = this.#pc;
    pc.onicecandidate = ({ candidate }) => {
      if (pc.signalingState !== "closed") void send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
    };
    pc.onnegotiationneeded = () => void this.#offer();
    pc.onsignalingstatechange = () => note(`signaling ${pc.signalingState}`);
    pc.onconnectionstatechange = () => note(`connection ${pc.connectionState}`);
    pc.ontrack = ({ track, transceiver }) => this.#play(track, transceiver.mid);
    pc.ondatachannel = ({ channel }) => onChannel(channel);
  }

  isQuiet() {
    return this.#pc.signalingState === "stable" && !this.#isMakingOffer;
  }

  /** Takes a description or a candidate. What a closed connection never finishes keeps nobody waiting. */
  async take(message) {
    await Promise.race([this.#take(message), this.#closed.promise]);
  }

  async #take(message) {
    const pc = this.#pc;
    switch (message.type) {
      case "offer":
        if (!this.isQuiet()) this.#note("glare: rolls back");
        this.#tracks = message.tracks ?? {};
        await pc.setRemoteDescription({ type: "offer", sdp: message.sdp });
        await pc.setLocalDescription();
        await this.#send({ type: "answer", sdp: pc.localDescription.sdp });
        break;
      case "answer":
        if (message.tracks !== undefined) this.#tracks = message.tracks;
        await pc.setRemoteDescription({ type: "answer", sdp: message.sdp });
        break;
      case "candidate":
        await pc.addIceCandidate(message.candidate);
        break;
    }
  }

  async publish(wanted) {
    const tracks = await Promise.all(wanted.map(({ source, ...size }) => openTrack(source, size)));
    for (const [index, { source, name, simulcast = false, codec, maxBitrate, mode, isSharing }] of wanted.entries()) {
      const track = tracks[index];
      if (isSharing) {
        this.#share(track, { source });
        continue;
      }
      const encodings = simulcast ? simulcastLayers.map((layer) => ({ ...layer })) : [{}];
      if (mode !== undefined) for (const encoding of encodings) encoding.scalabilityMode = mode;
      if (maxBitrate !== undefined && !simulcast) encodings[0].maxBitrate = maxBitrate;
      const transceiver = this.#pc.addTransceiver(track, {
        direction: "sendonly",
        streams: [/^(camera|microphone)$/.test(source) ? this.#face : new MediaStream([track])],
        ...(track.kind === "video" ? { sendEncodings: encodings } : {}),
      });
      if (codec !== undefined) preferCodec(transceiver, codec);
      this.#labels.set(transceiver, { source, ...(name === undefined ? {} : { name }) });
      // A busy machine must cost pictures, not their size.
      if (track.kind === "video") await keepResolution(transceiver.sender);
    }
  }

  /** As pages mostly do: the browser takes a section that it receives in, if there is one. */
  #share(track, label) {
    const sender = this.#pc.addTrack(track, new MediaStream([track]));
    this.#labels.set(
      this.#pc.getTransceivers().find((transceiver) => transceiver.sender === sender),
      label,
    );
  }

  receiveOnly(kinds) {
    for (const kind of kinds) this.#pc.addTransceiver(kind, { direction: "recvonly" });
  }

  unpublish(source) {
    for (const [transceiver, label] of this.#labels) {
      if (label.source !== source) continue;
      transceiver.sender.track.stop();
      this.#pc.removeTrack(transceiver.sender);
      this.#labels.delete(transceiver);
    }
  }

  /** What is not enabled is sent as silence, or as a black picture. */
  setEnabled(source, isEnabled) {
    for (const [{ sender }, label] of this.#labels) if (label.source === source) sender.track.enabled = isEnabled;
  }

  openChannel(label, init) {
    return this.#pc.createDataChannel(label, init);
  }

  state() {
    const { sdp = "" } = this.#pc.remoteDescription ?? {};
    return {
      connection: this.#pc.connectionState,
      signaling: this.#pc.signalingState,
      sections: sdp.match(/^m=/gm)?.length ?? 0,
      sdpLength: sdp.length,
      transceivers: this.#pc.getTransceivers().length,
    };
  }

  /** What comes of each remote track that the server carries now. */
  async received() {
    const reports = await this.#reports((each) => each.type === "inbound-rtp" && this.#tracks[each.mid] !== undefined);
    return reports.map((each) => ({
      mid: each.mid,
      ...this.#tracks[each.mid],
      kind: each.kind,
      ssrc: each.ssrc,
      framesDecoded: each.framesDecoded ?? 0,
      framesReceived: each.framesReceived ?? 0,
      keyFramesDecoded: each.keyFramesDecoded ?? 0,
      frameWidth: each.frameWidth ?? 0,
      frameHeight: each.frameHeight ?? 0,
      freezeCount: each.freezeCount ?? 0,
      packetsReceived: each.packetsReceived ?? 0,
      packetsLost: each.packetsLost ?? 0,
      retransmittedPacketsReceived: each.retransmittedPacketsReceived ?? 0,
      nackCount: each.nackCount ?? 0,
      pliCount: each.pliCount ?? 0,
      bytesReceived: each.bytesReceived ?? 0,
      audioLevel: each.audioLevel ?? 0,
      totalAudioEnergy: each.totalAudioEnergy ?? 0,
      totalSamplesReceived: each.totalSamplesReceived ?? 0,
      concealedSamples: each.concealedSamples ?? 0,
      estimatedPlayoutTimestamp: each.estimatedPlayoutTimestamp ?? 0,
    }));
  }

  /** What this page sends, a line for each layer. */
  async sent() {
    const reports = await this.#reports((each) => each.type === "outbound-rtp");
    const [pair] = await this.#reports((each) => each.type === "candidate-pair" && each.availableOutgoingBitrate > 0);
    return reports.map((each) => ({
      mid: each.mid,
      kind: each.kind,
      rid: each.rid ?? "",
      frameWidth: each.frameWidth ?? 0,
      framesSent: each.framesSent ?? 0,
      keyFramesEncoded: each.keyFramesEncoded ?? 0,
      bytesSent: each.bytesSent ?? 0,
      targetBitrate: each.targetBitrate ?? 0,
      limitation: each.qualityLimitationReason ?? "",
      pliCount: each.pliCount ?? 0,
      nackCount: each.nackCount ?? 0,
      availableOutgoingBitrate: pair?.availableOutgoingBitrate ?? 0,
    }));
  }

  /** What a track of this page is encoded with. */
  async codecOf(source) {
    const [transceiver] = [...this.#labels].find(([, label]) => label.source === source);
    const reports = [...(await transceiver.sender.getStats()).values()];
    const { codecId } = reports.find(({ type }) => type === "outbound-rtp");
    return reports.find(({ id }) => id === codecId).mimeType;
  }

  async bytesReceived() {
    const pairs = await this.#reports((each) => each.type === "candidate-pair");
    return pairs.reduce((total, each) => total + (each.bytesReceived ?? 0), 0);
  }

  close() {
    this.#pc.close();
    this.#closed.resolve();
    for (const element of this.#elements.values()) element.remove();
  }

  async #reports(filter) {
    const reports = [];
    for (const each of (await this.#pc.getStats()).values()) if (filter(each)) reports.push(each);
    return reports;
  }

  async #offer() {
    const pc = this.#pc;
    try {
      this.#isMakingOffer = true;
      await pc.setLocalDescription();
      const tracks = {};
      for (const [{ mid }, label] of this.#labels) if (mid !== null) tracks[mid] = label;
      await this.#send({ type: "offer", sdp: pc.localDescription.sdp, tracks });
    } catch (error) {
      this.#note(`cannot offer: ${error}`);
    } finally {
      this.#isMakingOffer = false;
    }
  }

  #play(track, mid) {
    this.#note(`track ${track.kind} on mid ${mid}`);
    this.#elements.get(mid)?.remove();
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.playsInline = true;
    element.muted = track.kind === "video";
    // Nobody looks, and drawing is dear on a machine without a graphics card.
    element.width = 16;
    element.srcObject = new MediaStream([track]);
    element.play().catch((error) => this.#note(`cannot play ${track.kind}: ${error}`));
    document.body.append(element);
    this.#elements.set(mid, element);
  }
}

async function keepResolution(sender) {
  const parameters = sender.getParameters();
  await sender.setParameters({ ...parameters, degradationPreference: "maintain-resolution" });
}

function preferCodec(transceiver, mimeType) {
  const { codecs } = RTCRtpSender.getCapabilities("video");
  const isWanted = (codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase();
  transceiver.setCodecPreferences([
    ...codecs.filter(isWanted),
    ...codecs.filter((codec) => /rtx/i.test(codec.mimeType)),
  ]);
}
