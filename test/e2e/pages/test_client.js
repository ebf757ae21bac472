// The polite side of perfect negotiation (W3C WebRTC section 10.7), scripted by a test: callClient() runs a method of
// `client` with JSON arguments, and a failure carries the page's own log of messages and states.

const log = [];
const received = [];
const channels = new Map();
const senders = new Map();
const localCandidates = [];
let socket;
let pc;
let isMakingOffer = false;
let holdsOffers = false;
let heldOffers = [];
let answersToDrop = 0;
let takesAnswersLate = false;
let isOnlyTcp = false;
let tcpProxyPort;
let connectedAt;
let firstPictureAt;

function note(line) {
  log.push(`${Math.round(performance.now())} ms: ${line}`);
}

async function until(probe, what, timeoutMs = 10_000) {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (seen) return seen;
    if (performance.now() > giveUpAt) throw new Error(`Waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A candidate as it is to be used where no UDP goes through; undefined for one that is not. */
function overTcp(candidate) {
  const fields = candidate.split(" ");
  if (fields.length < 8) return candidate;
  if (fields[2].toLowerCase() !== "tcp") return undefined;
  if (tcpProxyPort !== undefined && /tcptype passive/.test(candidate)) fields[5] = tcpProxyPort;
  return fields.join(" ");
}

/** A message without what a network that drops UDP makes useless. */
function pastFirewall(message) {
  if (!isOnlyTcp) return message;
  if (message.sdp !== undefined) {
    const lines = message.sdp.split("\r\n").map((line) => {
      if (!line.startsWith("a=candidate:")) return line;
      const candidate = overTcp(line.slice(2));
      return candidate === undefined ? undefined : `a=${candidate}`;
    });
    return { ...message, sdp: lines.filter((line) => line !== undefined).join("\r\n") };
  }
  if (message.candidate?.candidate === undefined) return message;
  const candidate = overTcp(message.candidate.candidate);
  return candidate === undefined ? undefined : { ...message, candidate: { ...message.candidate, candidate } };
}

function send(original) {
  const message = pastFirewall(original);
  if (message === undefined) return;
  note(`> ${describe(message)}`);
  socket.send(JSON.stringify(message));
}

function describe(message) {
  if (message.type === "candidate") return `candidate ${message.candidate?.candidate ?? message.candidate}`;
  if (message.sdp === undefined) return JSON.stringify(message);
  const sections = (message.sdp.match(/^(m=\w+|a=(sendrecv|sendonly|recvonly|inactive))/gm) ?? []).join(" ");
  return `${message.type} ufrag ${ufrag(message)} ${sections}`;
}

function ufrag(description) {
  return /^a=ice-ufrag:(\S+)/m.exec(description?.sdp ?? "")?.[1];
}

function createPeerConnection() {
  pc = new RTCPeerConnection({ iceServers: [] });
  const own = pc;
  pc.onicecandidate = ({ candidate }) => {
    if (candidate) localCandidates.push(candidate.candidate);
    if (own === pc) send({ type: "candidate", candidate: candidate?.toJSON() ?? null });
  };
  pc.onnegotiationneeded = () => void offer(own);
  pc.onsignalingstatechange = () => note(`signaling ${own.signalingState}`);
  pc.oniceconnectionstatechange = () => note(`ICE ${own.iceConnectionState}`);
  pc.onconnectionstatechange = () => {
    note(`connection ${own.connectionState}`);
    if (own.connectionState === "connected") connectedAt ??= performance.now();
  };
  pc.ontrack = ({ track, transceiver }) => {
    note(`track ${track.kind} on mid ${transceiver.mid}`);
    play(track);
  };
}

async function offer(own) {
  try {
    isMakingOffer = true;
    await own.setLocalDescription();
    send(own.localDescription.toJSON());
  } catch (error) {
    note(`cannot offer: ${error}`);
  } finally {
    isMakingOffer = false;
  }
}

function play(track) {
  const element = document.createElement(track.kind);
  element.autoplay = true;
  element.playsInline = true;
  element.muted = track.kind === "video";
  element.srcObject = new MediaStream([track]);
  element.play().catch((error) => note(`cannot play ${track.kind}: ${error}`));
  if (track.kind === "video") {
    element.onloadeddata = () => {
      firstPictureAt ??= performance.now();
      note(`first picture ${element.videoWidth} x ${element.videoHeight}`);
    };
  }
  document.body.append(element);
}

async function onMessage(original) {
  const message = pastFirewall(original);
  if (message === undefined) return;
  note(`< ${describe(message)}`);
  received.push(message);
  if (message.type === "offer" && holdsOffers) {
    heldOffers.push(message);
    return;
  }
  if (message.type === "answer" && answersToDrop > 0) {
    answersToDrop--;
    return;
  }
  try {
    if (message.type === "answer" && takesAnswersLate) await earlyChecks();
    await take(message);
  } catch (error) {
    note(`cannot take ${message.type}: ${error}`);
  }
}

async function take(message) {
  switch (message.type) {
    case "offer":
      if (isMakingOffer || pc.signalingState !== "stable") note("glare: rolls back");
      await pc.setRemoteDescription(message);
      await pc.setLocalDescription();
      send(pc.localDescription.toJSON());
      break;
    case "answer":
      await pc.setRemoteDescription(message);
      break;
    case "candidate":
      await pc.addIceCandidate(message.candidate);
      break;
  }
}

async function report(filter) {
  const reports = [];
  for (const each of (await pc.getStats()).values()) if (filter(each)) reports.push(each);
  return reports;
}

/** Waits until this browser checks pairs of its offered ICE generation; one that waits for the answer is given a second. */
async function earlyChecks() {
  const offered = ufrag(pc.pendingLocalDescription);
  const isChecking = async () => {
    const reports = await report(() => true);
    const locals = reports.filter((each) => each.type === "local-candidate" && each.usernameFragment === offered);
    const ids = new Set(locals.map(({ id }) => id));
    return reports.some((each) => ids.has(each.localCandidateId) && each.requestsSent > 0);
  };
  const isSeen = await until(isChecking, "early checks", 1_000).catch(() => false);
  note(isSeen ? "checks before it takes the answer" : "no check before it takes the answer");
}

async function openStream(kind, source, size) {
  if (source !== "canvas") {
    const video = { width: { exact: size.width }, height: { exact: size.height } };
    return await navigator.mediaDevices.getUserMedia(kind === "video" ? { video } : { audio: true });
  }
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  let frame = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${frame++ % 360} 80% 50%)`;
    context.fillRect(0, 0, size.width, size.height);
  }, 40);
  return canvas.captureStream(25);
}

function pattern(size, seed) {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + seed * 17 + (index >> 8)) & 0xff;
  return bytes;
}

const client = {
  log: () => log,

  async connect(wsUrl) {
    socket = new WebSocket(wsUrl);
    socket.onclose = ({ code }) => note(`socket closed ${code}`);
    // One message after the other: a description must be applied before what came after it is looked at.
    let queue = Promise.resolve();
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      queue = queue.then(() => onMessage(message));
    };
    await until(() => socket.readyState === WebSocket.OPEN, "the socket to open");
    createPeerConnection();
  },

  send,

  state() {
    return {
      socket: socket.readyState === WebSocket.OPEN ? "open" : "closed",
      signaling: pc.signalingState,
      connection: pc.connectionState,
      ice: pc.iceConnectionState,
      localUfrag: ufrag(pc.localDescription),
      remoteUfrag: ufrag(pc.remoteDescription),
      directions: pc.getTransceivers().map((each) => each.currentDirection),
    };
  },

  localCandidates: () => localCandidates,

  /** From now on no UDP goes through, in neither direction; with a port, TCP goes to that one instead of the server's. */
  useOnlyTcp(proxyPort) {
    isOnlyTcp = true;
    tcpProxyPort = proxyPort;
  },

  /** The protocols of the candidate pair that carries the media: of the local and the remote candidate. */
  async selectedProtocols() {
    const reports = await report(() => true);
    const byId = new Map(reports.map((each) => [each.id, each]));
    const transport = reports.find((each) => each.type === "transport");
    const pair =
      byId.get(transport?.selectedCandidatePairId) ??
      reports.find((each) => each.type === "candidate-pair" && each.selected);
    return [byId.get(pair?.localCandidateId)?.protocol, byId.get(pair?.remoteCandidateId)?.protocol];
  },

  /** How many messages of a type came from the server. */
  received: (type) => received.filter((message) => message.type === type).length,

  /** Waits for a message of a type beyond those that were there before. */
  async receivedMore(type, before) {
    await until(() => client.received(type) > before, `another message of type ${type}`);
  },

  /** Waits until an offer of this page is out and not answered. */
  async makingOffer() {
    await until(() => pc.signalingState === "have-local-offer", "an offer of this page");
  },

  /** The last description that came from the server, as it came. */
  remoteDescription: () => received.findLast((message) => message.sdp !== undefined)?.sdp,

  errors: () => received.filter((message) => message.type === "error"),

  async connected(timeoutMs) {
    await until(() => pc.connectionState === "connected", "the connection to be connected", timeoutMs);
  },

  async stable(timeoutMs) {
    const isQuiet = () => pc.signalingState === "stable" && !isMakingOffer;
    await until(isQuiet, "signaling to be stable", timeoutMs);
  },

  async openChannel(label, init = {}) {
    const channel = pc.createDataChannel(label, init);
    channel.binaryType = "arraybuffer";
    const box = { channel, messages: [] };
    channel.onmessage = ({ data }) => box.messages.push(data);
    channel.onclose = () => note(`channel ${label} closed`);
    channels.set(label, box);
    await until(() => channel.readyState === "open", `channel ${label} to open`);
    return { ordered: channel.ordered, maxRetransmits: channel.maxRetransmits, protocol: channel.protocol };
  },

  /** Sends texts at once and returns as many that came back. */
  async echoTexts(label, texts) {
    const { channel, messages } = channels.get(label);
    messages.length = 0;
    for (const text of texts) channel.send(text);
    await until(() => messages.length >= texts.length, `${texts.length} messages on ${label}`);
    return messages;
  },

  /** Sends one message of each size and tells of each that came back its size and whether its bytes are right. */
  async echoBytes(label, sizes) {
    const { channel, messages } = channels.get(label);
    messages.length = 0;
    sizes.forEach((size, seed) => channel.send(pattern(size, seed)));
    await until(() => messages.length >= sizes.length, `${sizes.length} binary messages on ${label}`, 15_000);
    return messages.map((data, seed) => {
      const bytes = new Uint8Array(data);
      const expected = pattern(sizes[seed], seed);
      return {
        size: bytes.length,
        isSame: bytes.length === expected.length && bytes.every((b, i) => b === expected[i]),
      };
    });
  },

  async closeChannel(label) {
    const { channel } = channels.get(label);
    channel.close();
    await until(() => channel.readyState === "closed", `channel ${label} to close`);
  },

  /** Starts sending a track and remembers it by kind. */
  async startTrack(kind, { source = "camera", direction = "sendrecv", width = 640, height = 480 } = {}) {
    const stream = await openStream(kind, source, { width, height });
    const [track] = stream.getTracks();
    const transceiver = pc.addTransceiver(track, { direction, streams: [stream] });
    // A busy machine must cost pictures, not their size.
    const parameters = transceiver.sender.getParameters();
    await transceiver.sender.setParameters({ ...parameters, degradationPreference: "maintain-resolution" });
    senders.set(kind, transceiver.sender);
  },

  /** Adds a track as a naive page does, reusing whatever transceiver is free. */
  async addTrack(kind) {
    const stream = await openStream(kind, "camera", { width: 640, height: 480 });
    senders.set(kind, pc.addTrack(stream.getTracks()[0], stream));
  },

  removeTrack(kind) {
    const sender = senders.get(kind);
    sender.track.stop();
    pc.removeTrack(sender);
  },

  /** What is received of a kind, summed over all inbound streams. */
  async inbound(kind) {
    const reports = await report((each) => each.type === "inbound-rtp" && each.kind === kind);
    const sum = (field) => reports.reduce((total, each) => total + (each[field] ?? 0), 0);
    return {
      streams: reports.length,
      packetsReceived: sum("packetsReceived"),
      framesDecoded: sum("framesDecoded"),
      frameWidth: reports.at(-1)?.frameWidth ?? 0,
      frameHeight: reports.at(-1)?.frameHeight ?? 0,
      audioLevel: Math.max(0, ...reports.map((each) => each.audioLevel ?? 0)),
      totalAudioEnergy: sum("totalAudioEnergy"),
      totalSamplesReceived: sum("totalSamplesReceived"),
    };
  },

  /** What limits the video that this page sends: part of what a test shows when it fails. */
  async outbound() {
    const [video] = await report((each) => each.type === "outbound-rtp" && each.kind === "video");
    const bitrates = await report((each) => each.type === "candidate-pair" && each.availableOutgoingBitrate > 0);
    return {
      frameWidth: video?.frameWidth,
      framesEncoded: video?.framesEncoded,
      targetBitrate: video?.targetBitrate,
      bytesSent: video?.bytesSent,
      qualityLimitationReason: video?.qualityLimitationReason,
      availableOutgoingBitrate: Math.max(0, ...bitrates.map((each) => each.availableOutgoingBitrate)),
    };
  },

  /** Waits until the server reported (RFC 3550, 6.4) on each kind that is sent. */
  async receivesReports(timeoutMs) {
    const isThere = async () => {
      const sent = await report((each) => each.type === "outbound-rtp");
      const reported = await report((each) => each.type === "remote-inbound-rtp");
      return sent.length > 0 && reported.length >= sent.length;
    };
    await until(isThere, "receiver reports of the server", timeoutMs);
  },

  /** Waits until this browser believes that the path carries so many bits in a second. */
  async outgoingBitrate(bitsPerSecond, timeoutMs) {
    const isEnough = async () => (await client.outbound()).availableOutgoingBitrate >= bitsPerSecond;
    await until(isEnough, `an outgoing bit rate of ${bitsPerSecond}`, timeoutMs);
  },

  /** Waits until so many more pictures than now were decoded. */
  async morePictures(count, timeoutMs) {
    const { framesDecoded } = await client.inbound("video");
    const isThere = async () => (await client.inbound("video")).framesDecoded >= framesDecoded + count;
    await until(isThere, `${count} more pictures`, timeoutMs);
  },

  /** Waits until pictures of this size are decoded. */
  async pictureSize(width, height, timeoutMs) {
    const isRight = async () => {
      const { frameWidth, frameHeight } = await client.inbound("video");
      return frameWidth === width && frameHeight === height;
    };
    await until(isRight, `pictures of ${width} x ${height}`, timeoutMs);
  },

  /** Waits until the sound that comes back is no silence. */
  async hearsSound(timeoutMs) {
    const isLoud = async () => {
      const { audioLevel, totalAudioEnergy } = await client.inbound("audio");
      return audioLevel > 0 && totalAudioEnergy > 0 && { audioLevel, totalAudioEnergy };
    };
    return await until(isLoud, "sound to come back", timeoutMs);
  },

  /** Milliseconds from the connection to the first picture on the screen. */
  async firstPictureMs() {
    await until(() => firstPictureAt !== undefined, "the first picture");
    return firstPictureAt - connectedAt;
  },

  /** Restarts ICE and waits until the new generation is answered and connected. */
  async restartIce() {
    const before = ufrag(pc.localDescription);
    pc.restartIce();
    const isRestarted = () =>
      ufrag(pc.currentLocalDescription) !== before &&
      pc.signalingState === "stable" &&
      ["connected", "completed"].includes(pc.iceConnectionState);
    await until(isRestarted, "ICE to restart");
  },

  /** From now on, answers reach the browser as late as on a long way: its checks of a new ICE generation come first. */
  takeAnswersLate() {
    takesAnswersLate = true;
  },

  /** From now on, offers of the server wait: what a client does next is glare. */
  holdOffers() {
    holdsOffers = true;
  },

  async heldOffer(timeoutMs) {
    await until(() => heldOffers.length > 0, "an offer of the server", timeoutMs);
  },

  async releaseOffers() {
    holdsOffers = false;
    const held = heldOffers;
    heldOffers = [];
    for (const message of held) await take(message);
  },

  /** Offers audio, and before any answer can arrive audio and video; takes the answer to the second only. */
  async offerTwice() {
    pc.onnegotiationneeded = null;
    answersToDrop = 1;
    for (const kind of ["audio", "video"]) {
      await client.startTrack(kind);
      await offer(pc);
    }
  },

  /** Ends the peer connection on both sides, keeps the socket and begins anew. */
  bye() {
    const old = pc;
    send({ type: "bye" });
    createPeerConnection();
    old.close();
    channels.clear();
    connectedAt = undefined;
    firstPictureAt = undefined;
  },

  close() {
    pc.close();
    socket.close();
  },
};

window.callClient = async (method, args) => {
  try {
    return { value: await client[method](...args) };
  } catch (error) {
    const sent = await client.outbound().catch(() => undefined);
    return { failure: String(error), log: [...log.slice(-60), `sending ${JSON.stringify(sent)}`] };
  }
};
