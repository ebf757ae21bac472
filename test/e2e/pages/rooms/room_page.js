// Somebody in a room, on nothing but the protocol, scripted by a test: callRoom() runs a method of `room` with JSON arguments,
// and a failure carries the page's own log of messages and states.

import { RoomConnection } from "./room_connection.js";
import { openTrack } from "./room_media.js";

const log = [];
const speakers = [];
const dataMessages = [];
const errors = [];
const members = new Map();
const channels = new Map();
const waiting = new Map();
let socket;
let connection;
let self;
let joinedAt;
let refs = 0;

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

function describe(message) {
  if (message.type === "candidate") return `candidate ${message.candidate?.candidate ?? message.candidate}`;
  if (message.type === "speakers") return `speakers ${message.peers.map(({ peer }) => peer)}`;
  if (message.sdp === undefined) return JSON.stringify(message).slice(0, 300);
  const sections = (message.sdp.match(/^(m=\w+ \d+|a=(sendrecv|sendonly|recvonly|inactive))/gm) ?? []).join(" ");
  return `${message.type} ${sections} ${JSON.stringify(message.tracks ?? {})}`;
}

// A test may stand between the page and the node: to move the media to another path.
async function send(message) {
  const changed = window.changeSent ? await window.changeSent(message) : message;
  if (changed === null) return;
  note(`> ${describe(changed)}`);
  socket.send(JSON.stringify(changed));
}

/** Sends a request and waits for what repeats its `ref`. */
async function ask(message, timeoutMs) {
  refs += 1;
  const ref = `r${refs}`;
  const reply = { message: undefined };
  waiting.set(ref, reply);
  await send({ ...message, ref });
  await until(() => reply.message, `the reply to ${message.type}`, timeoutMs);
  return reply.message;
}

function answerTo(message) {
  const reply = message.ref === undefined ? undefined : waiting.get(message.ref);
  if (reply === undefined) return;
  waiting.delete(message.ref);
  reply.message = message;
}

async function onMessage(received) {
  const message = window.changeReceived ? await window.changeReceived(received) : received;
  if (message === null) return;
  if (message.type !== "speakers") note(`< ${describe(message)}`);
  try {
    await take(message);
  } catch (error) {
    note(`cannot take ${message.type}: ${error}`);
  }
  answerTo(message);
}

async function take(message) {
  switch (message.type) {
    case "joined":
      self = message.peer;
      members.clear();
      for (const peer of message.peers) members.set(peer.id, peer);
      break;
    case "peer-joined":
    case "peer-updated":
      members.set(message.peer.id, message.peer);
      break;
    case "peer-left":
      members.delete(message.peer);
      break;
    case "track-published":
    case "track-updated":
      changeTracks(message.peer, (tracks) => [...tracks.filter(({ id }) => id !== message.track.id), message.track]);
      break;
    case "track-unpublished":
      changeTracks(message.peer, (tracks) => tracks.filter(({ id }) => id !== message.track));
      break;
    case "data":
      dataMessages.push({ from: message.from, topic: message.topic, payload: message.payload });
      break;
    case "speakers":
      speakers.push(message.peers);
      break;
    case "error":
      errors.push({ code: message.code, message: message.message });
      break;
    case "bye":
      connection.close();
      openConnection();
      break;
    default:
      // What comes outside of a room was meant for the connection before.
      if (self !== undefined) await connection.take(message);
  }
}

/** One's own tracks are kept beside those of the others. */
function changeTracks(peer, change) {
  const member = members.get(peer) ?? { id: peer, name: "", metadata: null, state: "connected", tracks: [] };
  members.set(peer, { ...member, tracks: change(member.tracks) });
}

function openConnection() {
  connection = new RoomConnection({ send, note, onChannel: addChannel });
  channels.clear();
}

function addChannel(channel) {
  channel.binaryType = "arraybuffer";
  const box = { channel, messages: [] };
  channel.onmessage = ({ data }) => box.messages.push(unframe(data));
  channel.onclose = () => note(`channel ${channel.label} closed`);
  channels.set(channel.label, box);
  return box;
}

/** Reads a message of a room channel: text behind the sender's id and a line feed, bytes behind its length and itself. */
function unframe(data) {
  if (typeof data === "string") {
    const end = data.indexOf("\n");
    return { from: data.slice(0, end), text: data.slice(end + 1) };
  }
  const bytes = new Uint8Array(data);
  const from = String.fromCharCode(...bytes.subarray(1, 1 + bytes[0]));
  return { from, bytes: [...bytes.subarray(1 + bytes[0])] };
}

function trackOf(peer, source) {
  return members.get(peer)?.tracks.find((track) => track.source === source);
}

/** What is received of somebody's track: undefined while nothing is. */
async function receivedOf(peer, source) {
  const track = trackOf(peer, source);
  return track && (await connection.received()).find((each) => each.track === track.id && each.peer === peer);
}

/**
 * What of a track's statistics came since they were first seen here. Browsers tell the same ones for some 50 ms, so those of a stream that has
 * ended are seen once more when the next one begins; its count begins again.
 */
function counter(countOf) {
  let first;
  return (received) => {
    const count = countOf(received);
    first = Math.min(first ?? count, count);
    return count - first;
  };
}

const room = {
  log: () => log,

  /** Opens the cameras and microphones of this page, before it is asked how fast it is. */
  async prepare(tracks) {
    for (const { source, ...size } of tracks)
      if (/^(camera|microphone)$/.test(source)) (await openTrack(source, size)).stop();
  },

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
    openConnection();
  },

  /** Enters a room and says under which id. */
  async join(fields) {
    joinedAt = performance.now();
    const reply = await ask({ type: "join", ...fields });
    if (reply.type === "error") throw new Error(`${reply.code}: ${reply.message}`);
    return self;
  },

  /** Sends tracks of this page, all in one negotiation. */
  publish: (tracks) => connection.publish(tracks),

  /** Offers sections in which others' tracks may come, for a page that sends nothing. */
  receiveOnly: (kinds) => connection.receiveOnly(kinds),

  unpublish: (source) => connection.unpublish(source),

  setEnabled: (source, isEnabled) => connection.setEnabled(source, isEnabled),

  /** Leaves the room; the socket stays, the peer connection does not. */
  async leave() {
    await send({ type: "bye" });
    connection.close();
    await send({ type: "leave" });
    self = undefined;
    members.clear();
    openConnection();
  },

  /** Sends what is going to be refused and says with which code. */
  refused: async (message) => (await ask(message)).code,

  send,
  members: () => [...members.values()],
  speakers: () => speakers,
  data: () => dataMessages,
  errors: () => errors,
  received: () => connection.received(),
  state: () => connection.state(),
  sent: () => connection.sent(),
  codecOf: (source) => connection.codecOf(source),

  /** Bytes that came over the peer connection, whatever they are. */
  bytesReceived: () => connection.bytesReceived(),

  trackId: (peer, source) => trackOf(peer, source)?.id ?? null,

  /** Waits until a track of somebody is published. */
  published: (peer, source, timeoutMs) =>
    until(() => trackOf(peer, source), `track "${source}" of ${peer} to be published`, timeoutMs),

  unpublished: (peer, source, timeoutMs) =>
    until(() => !trackOf(peer, source), `track "${source}" of ${peer} to be unpublished`, timeoutMs),

  memberCount: (count, timeoutMs) =>
    until(() => [...members.keys()].filter((id) => id !== self).length === count, `${count} others`, timeoutMs),

  /** Waits for so many more pictures of somebody's track and says how wide the last one is. */
  async morePictures(peer, source, count, timeoutMs) {
    const more = counter(({ framesDecoded }) => framesDecoded);
    const isThere = async () => {
      const now = await receivedOf(peer, source);
      return now && more(now) >= count && now;
    };
    return (await until(isThere, `${count} pictures of "${source}" of ${peer}`, timeoutMs)).frameWidth;
  },

  /** Waits until somebody's pictures are so wide. */
  async pictureWidth(peer, source, width, timeoutMs) {
    const isRight = async () => (await receivedOf(peer, source))?.frameWidth === width;
    await until(isRight, `pictures of "${source}" of ${peer} of width ${width}`, timeoutMs);
  },

  /** Waits until somebody's sound is heard. */
  async hears(peer, source, timeoutMs) {
    const energy = counter(({ totalAudioEnergy }) => totalAudioEnergy);
    const isLoud = async () => {
      const now = await receivedOf(peer, source);
      return now && energy(now) > 0;
    };
    await until(isLoud, `sound of "${source}" of ${peer}`, timeoutMs);
  },

  receivedOf,

  /** Waits for the first picture and the first sound of each of some others; milliseconds from this page's `join` to the last. */
  async sinceJoined(peers, timeoutMs) {
    const isAll = async () => {
      const received = await connection.received();
      const has = (peer, kind) =>
        received.some((each) => {
          if (each.peer !== peer || each.kind !== kind) return false;
          return kind === "video" ? each.framesDecoded > 0 : each.totalSamplesReceived > 0 && each.packetsReceived > 0;
        });
      return peers.every((peer) => has(peer, "video") && has(peer, "audio"));
    };
    await until(isAll, `pictures and sound of ${peers}`, timeoutMs);
    return performance.now() - joinedAt;
  },

  /** Opens a room channel. */
  async openChannel(label, init = {}) {
    const { channel } = addChannel(connection.openChannel(label, { protocol: "signalbox.room", ...init }));
    await until(() => channel.readyState === "open", `channel ${label} to open`);
  },

  sendOn(label, texts) {
    for (const text of texts) channels.get(label).channel.send(text);
  },

  sendBytesOn(label, messages) {
    for (const bytes of messages) channels.get(label).channel.send(new Uint8Array(bytes));
  },

  /** Waits for so many messages of a room channel. */
  async channelMessages(label, count, timeoutMs) {
    const { messages } = channels.get(label);
    await until(() => messages.length >= count, `${count} messages on ${label}, after ${messages.length}`, timeoutMs);
    return messages;
  },

  channelMessageCount: (label) => channels.get(label).messages.length,

  /** Waits for so many `data` messages. */
  async moreData(count, timeoutMs) {
    await until(() => dataMessages.length >= count, `${count} data messages`, timeoutMs);
    return dataMessages;
  },

  /** Waits until the last word on who speaks names exactly these, in any order. */
  async speaking(peers, timeoutMs) {
    const wanted = JSON.stringify([...peers].sort());
    const isSo = () => JSON.stringify((speakers.at(-1) ?? []).map(({ peer }) => peer).sort()) === wanted;
    await until(isSo, `speakers ${peers}`, timeoutMs).catch((error) => {
      throw new Error(`${error.message}, last seen ${JSON.stringify(speakers.slice(-5))}`);
    });
  },

  stable: (timeoutMs) => until(() => connection.isQuiet(), "signaling to be stable", timeoutMs),

  close() {
    connection.close();
    socket.close();
  },
};

window.callRoom = async (method, args) => {
  try {
    return { value: (await room[method](...args)) ?? null };
  } catch (error) {
    const received = await connection?.received().catch(() => undefined);
    const sent = await connection?.sent().catch(() => undefined);
    return {
      failure: String(error),
      log: [...log.slice(-80), `received ${JSON.stringify(received)}`, `sent ${JSON.stringify(sent)}`],
    };
  }
};
