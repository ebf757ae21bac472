// Somebody in a room on nothing but the SDK as the node serves it, scripted by a test: callClient() runs a method of `guest` with
// JSON arguments, and a failure carries what the room told so far.

const log = [];
const events = [];
const data = [];
const channels = new Map();
const elements = new Map();
const previews = new Map();
const pauses = { longestMs: 0 };
let sdk;
let room;
let socket;
let connection;
// To say to the server what the SDK never would, and to see what it does not tell.
const { RTCPeerConnection, WebSocket } = globalThis;
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration) {
    super(configuration);
    connection = this;
  }
};
globalThis.WebSocket = class extends WebSocket {
  #sent = Promise.resolve();
  #received = Promise.resolve();

  constructor(url) {
    super(url);
    socket = this;
  }

  // A test may stand between the SDK and the node: to move the media to another path.
  send(text) {
    if (!window.changeSent) return super.send(text);
    this.#sent = this.#sent.then(async () => {
      const message = await window.changeSent(JSON.parse(text));
      if (message !== null && this.readyState === WebSocket.OPEN) super.send(JSON.stringify(message));
    });
  }

  set onmessage(handler) {
    super.onmessage = ({ data }) => {
      if (handler === null) return;
      if (!window.changeReceived) return handler({ data });
      this.#received = this.#received.then(async () => {
        const message = await window.changeReceived(JSON.parse(data));
        if (message !== null) handler({ data: JSON.stringify(message) });
      });
    };
  }
};

function note(line) {
  log.push(`${Math.round(performance.now())} ms: ${line}`);
}

function toneTrack() {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context);
  tone.connect(destination);
  tone.start();
  return destination.stream.getTracks()[0];
}

async function until(probe, what, timeoutMs = 30_000) {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (seen) return seen;
    if (performance.now() > giveUpAt) throw new Error(`Waited ${timeoutMs} ms for ${what}; ${room?.explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const eventNames = [
  "state-changed",
  "media-state-changed",
  "peer-joined",
  "peer-updated",
  "peer-left",
  "track-published",
  "track-updated",
  "track-unpublished",
  "track-started",
  "track-stopped",
  "local-track-updated",
  "local-track-unpublished",
  "speakers",
  "quality-changed",
  "playback-blocked",
  "devices-changed",
  "device-lost",
  "device-switched",
  "error",
];

function describe(value) {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return { code: value.code, message: value.message };
  const { id, source, name, code, reason, quality } = value;
  const of = value.peer?.id ?? value.track?.source;
  return { id, source, name, code, reason, quality, of };
}

function watch() {
  for (const name of eventNames) {
    room.on(name, (value) => {
      events.push({ name, value: describe(value) });
      if (name !== "speakers") note(`${name} ${JSON.stringify(describe(value))}`);
    });
  }
  room.on("data", ({ from, topic, payload }) => data.push({ from, topic, payload }));
  room.on("track-published", (track) => {
    const element = document.createElement(track.kind);
    element.muted = track.kind === "video";
    element.width = 16;
    document.body.append(track.attach(element));
    elements.set(track.id, element);
  });
  room.on("track-unpublished", (track) => {
    elements.get(track.id)?.remove();
    elements.delete(track.id);
  });
}

const trackOf = (peer, source) => room.peers.get(peer)?.trackOf(source);
const localOf = (source) => [...room.localTracks].find((track) => track.source === source);

function drawTrack(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  let frame = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${(frame++ * 7) % 360} 80% 50%)`;
    context.fillRect(0, 0, width, height);
  }, 66);
  return canvas.captureStream(15).getVideoTracks()[0];
}

// Firefox without a window and a sound card shows and plays nothing: what it decoded has to do.
const isFirefox = navigator.userAgent.includes("Firefox");

async function decodedOf(track) {
  const receiver = connection.getReceivers().find((each) => each.track === track?.mediaStreamTrack);
  const reports = receiver === undefined ? [] : [...(await receiver.getStats()).values()];
  return reports.find(({ type }) => type === "inbound-rtp") ?? {};
}

/** Pictures that an element showed. */
async function picturesOf(track) {
  if (isFirefox) return (await decodedOf(track)).framesDecoded ?? 0;
  return elements.get(track?.id)?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
}

/** The loudest of what an element plays now. */
const loudness = new Map();
function levelOf(track) {
  if (!loudness.has(track)) {
    const context = new AudioContext();
    void context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    loudness.set(track, analyser);
  }
  const samples = new Float32Array(2048);
  loudness.get(track).getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
}

const guest = {
  log: () => log,

  async load(clientUrl) {
    sdk = await import(clientUrl);
  },

  make(name, options) {
    room = new sdk.Room(name, options);
    watch();
  },

  async join() {
    await room.join();
    return room.id;
  },

  leave: () => room.leave(),
  /** The SDK has not closed its side, and hears that the server's is gone. */
  endMediaOnServer() {
    socket.send(JSON.stringify({ type: "bye" }));
    socket.dispatchEvent(new MessageEvent("message", { data: JSON.stringify({ type: "bye", reason: "test" }) }));
  },
  id: () => room.id,
  state: () => room.state,
  mediaState: () => room.mediaState,
  /** Changes with each ICE restart. */
  usernameFragment: () => /ice-ufrag:(\S+)/.exec(connection.localDescription.sdp)[1],
  /** Of the first server that has one. */
  turnUsername: () => connection.getConfiguration().iceServers.find(({ username }) => username)?.username,
  restartIce: () => connection.restartIce(),
  /** The candidate pair that is used now: what kind of candidate each end is, and what it goes over. */
  async path() {
    const stats = await connection.getStats();
    const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === "transport") ?? {};
    const pair = stats.get(selectedCandidatePairId);
    if (pair === undefined) return null;
    const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)];
    return {
      local: local.candidateType,
      remote: remote.candidateType,
      protocol: local.relayProtocol ?? local.protocol,
    };
  },
  /** Looks from now on how long each pause between two pictures of somebody is. */
  async watchPauses(peer, source) {
    pauses.longestMs = 0;
    let [seen, sinceMs] = [await picturesOf(trackOf(peer, source)), performance.now()];
    setInterval(async () => {
      const [now, nowMs] = [await picturesOf(trackOf(peer, source)), performance.now()];
      pauses.longestMs = Math.max(pauses.longestMs, nowMs - sinceMs);
      if (now !== seen) [seen, sinceMs] = [now, nowMs];
    }, 20);
  },
  longestPauseMs: () => pauses.longestMs,
  explain: () => room.explain(),
  data: () => data,
  events: () => events,
  elementCount: () => document.querySelectorAll("audio, video").length,
  countOf: (name) => events.filter((event) => event.name === name).length,

  async publishCamera(options) {
    return (await room.publishCamera({ width: 640, height: 360, frameRate: 15, ...options })).id;
  },

  async publishMicrophone(options) {
    return (await room.publishMicrophone(options)).id;
  },

  async publishScreen(options) {
    return (await room.publishScreen(options)).map(({ source }) => source);
  },

  /** A steady tone, which no noise suppression takes away as it does the beeps of a fake microphone. */
  async publishTone(source) {
    return (await room.publish(toneTrack(), { source })).id;
  },

  /** What getDisplayMedia() gives after a choice: a browser without a window has no dialog to choose in. */
  publishFakeScreen(options) {
    navigator.mediaDevices.getDisplayMedia = async () => {
      return new MediaStream([drawTrack(480, 360), toneTrack()]);
    };
    return guest.publishScreen(options);
  },

  async publishDrawing(source, width = 320, height = 180, options = {}) {
    return (await room.publish(drawTrack(width, height), { source, ...options })).id;
  },

  async refusal(method, ...args) {
    try {
      await guest[method](...args);
    } catch (error) {
      return { name: error.name, code: error.code, message: error.message };
    }
    throw new Error(`${method} was not refused`);
  },

  unpublish: (source) => localOf(source).unpublish(),
  mute: (source) => localOf(source).mute(),
  unmute: (source) => localOf(source).unmute(),
  replaceByDrawing: (source, width, height) => localOf(source).replaceTrack(drawTrack(width, height)),
  isCameraOn: (source) => localOf(source).mediaStreamTrack.readyState === "live",
  localTracks: () => [...room.localTracks].map(({ id, source, isMuted, isLost }) => ({ id, source, isMuted, isLost })),

  /** As a browser does when a device is pulled out: the track has ended, and tells. */
  unplug(source, isLastOne) {
    const track = localOf(source).mediaStreamTrack;
    if (isLastOne) {
      guest.plug = async () => {
        delete navigator.mediaDevices.enumerateDevices;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
      };
      navigator.mediaDevices.enumerateDevices = async () => [];
    }
    track.stop();
    track.dispatchEvent(new Event("ended"));
  },

  plug: () => undefined,

  peers: () =>
    [...room.peers.values()].map(({ id, name, metadata, state, quality, tracks }) => ({
      id,
      name,
      metadata,
      state,
      quality,
      tracks: [...tracks.values()].map((each) => ({
        id: each.id,
        kind: each.kind,
        source: each.source,
        name: each.name,
        isMuted: each.isMuted,
        layers: each.layers,
        isReceived: each.mediaStreamTrack !== null,
      })),
    })),

  others: (count) => until(() => room.peers.size === count, `${count} others`),
  stateIs: (state, timeoutMs) => until(() => room.state === state, `state ${state}`, timeoutMs),
  mediaIs: (state, timeoutMs) => until(() => room.mediaState === state, `media ${state}`, timeoutMs),
  peerIs: (peer, state) => until(() => room.peers.get(peer)?.state === state, `${peer} to be ${state}`),
  saw: (name, count = 1) =>
    until(() => events.filter((event) => event.name === name).length >= count, `${count} x ${name}`),
  published: async (peer, source) => (await until(() => trackOf(peer, source), `${source} of ${peer}`)).id,
  unpublished: (peer, source) => until(() => !trackOf(peer, source), `no ${source} of ${peer}`),
  mutedIs: (peer, source, isMuted) =>
    until(() => trackOf(peer, source)?.isMuted === isMuted, `${source} muted: ${isMuted}`),

  subscribe: (peer, source) => trackOf(peer, source).subscribe(),
  unsubscribe: (peer, source) => trackOf(peer, source).unsubscribe(),
  setLayer: (peer, source, layer) => trackOf(peer, source).setLayer(layer),
  received: (peer, source, isReceived = true) =>
    until(() => (trackOf(peer, source)?.mediaStreamTrack !== null) === isReceived, `${source} received: ${isReceived}`),

  /** Waits for so many more pictures on the screen and says how wide the last one is. */
  async sees(peer, source = "camera", count = 5, timeoutMs = 15_000) {
    let seen = await picturesOf(trackOf(peer, source));
    await until(
      async () => {
        const now = await picturesOf(trackOf(peer, source));
        // A new stream begins again.
        if (now < seen) seen = 0;
        return now >= seen + count;
      },
      `${count} pictures of ${source} of ${peer}`,
      timeoutMs,
    );
    return elements.get(trackOf(peer, source)?.id).videoWidth;
  },

  seesWidth: (peer, source, width, timeoutMs) =>
    until(
      () => elements.get(trackOf(peer, source)?.id)?.videoWidth === width,
      `width ${width} of ${source} of ${peer}`,
      timeoutMs,
    ),

  /** Waits until what is played is louder than silence. */
  async hears(peer, source = "microphone") {
    const before = isFirefox ? ((await decodedOf(trackOf(peer, source))).totalAudioEnergy ?? 0) : 0;
    await until(async () => {
      const track = trackOf(peer, source);
      if (!track?.mediaStreamTrack) return false;
      if (isFirefox) return (await decodedOf(track)).totalAudioEnergy > before;
      return levelOf(track.mediaStreamTrack) > 0.01;
    }, `sound of ${source} of ${peer}`);
  },

  sendData: (payload, options) => room.sendData(payload, options),
  gotData: (count) => until(() => data.length >= count && data, `${count} data messages`),
  setMetadata: (metadata) => room.setMetadata(metadata),

  openChannel(label, options) {
    const channel = room.openChannel(label, options);
    const messages = [];
    channel.on("message", ({ from, data: received }) =>
      messages.push({ from, ...(typeof received === "string" ? { text: received } : { bytes: [...received] }) }),
    );
    channels.set(label, { channel, messages });
    return until(() => channel.isOpen, `channel ${label} to open`);
  },
  channelIsOpen: (label) => until(() => channels.get(label).channel.isOpen, `channel ${label} to open`),
  sendText: (label, text) => channels.get(label).channel.send(text),
  sendBytes: (label, bytes) => channels.get(label).channel.send(new Uint8Array(bytes)),
  channelGot: (label, count) =>
    until(() => channels.get(label).messages.length >= count && channels.get(label).messages, `${count} on ${label}`),

  aspectOf(peer, source) {
    const { videoWidth, videoHeight } = elements.get(trackOf(peer, source).id);
    return videoWidth / videoHeight;
  },

  stats: () => room.getStats(),
  ownQuality: () => room.quality,
  speakers: () => room.speakers,
  speaks: (peer) => until(() => room.speakers.some((each) => each.peer === peer), `${peer} to speak`),
  qualityKnown: (peer) =>
    until(() => room.peers.get(peer)?.quality !== "unknown" && room.peers.get(peer).quality, "a verdict"),
  resumePlayback: () => room.resumePlayback(),
  isPlaying: (peer, source) => !elements.get(trackOf(peer, source).id).paused,

  async preview(source, options) {
    const track = await (source === "camera" ? sdk.openCamera : sdk.openMicrophone)(options);
    previews.set(source, track);
    return track.getSettings();
  },
  async devices(kind) {
    return (await sdk.listDevices(kind)).map(({ deviceId, label }) => ({ deviceId, label }));
  },
  setDevice: (source, deviceId) => localOf(source).setDevice(deviceId),
};

window.callClient = async (method, args) => {
  try {
    const value = await guest[method](...args);
    return { value: value === undefined ? null : JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    return { failure: `${error.stack ?? error}`, log };
  }
};
