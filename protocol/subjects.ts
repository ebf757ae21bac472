// All subjects of the bus, built and read here only: `<namespace>.<what>.<whose>...`, each part one token. `nats.conf` grants these.

/** Longest room name in bytes of UTF-8 that has a subject. Ours: a subject stays far below the 4,096 bytes of a NATS control line. */
export const maxRoomNameBytes = 256;

/** What needs no encoding: an id of ours (`Id` in room.ts). */
const plain = /^[A-Za-z0-9_-]{1,64}$/;
/** Begins a token that is encoded; no id has it. */
const encodedMark = "~";

/** The subjects of one cluster. */
export interface Subjects {
  /** Begins the subjects of answers to requests, without a dot at its end. */
  readonly inboxPrefix: string;
  /** What is told to all nodes with a part of the room; `what` is a token, as `events`. */
  room(name: string, what: string): string;
  /** All of a room. */
  roomAll(name: string): string;
  /** What is told to one node; `what` is a token. */
  node(nodeId: string, what: string): string;
  /** All that is told to one node. */
  nodeAll(nodeId: string): string;
  /** What is told to all nodes. */
  cluster(what: string): string;
  /**
   * About the tracks that one start of a node has from its clients; `what` is a token, as `packets`. Which track it is about, and what else
   * there is to name, is in the ids at its end: a track that moves is for a while at two nodes.
   */
  media(nodeStart: string, what: string, ...ids: string[]): string;
  /** All such of one node. */
  mediaAll(nodeStart: string, what: string): string;
  /** What is told to wherever a session lives. */
  session(sessionId: string, what: string): string;
  /** All that is told to a session. */
  sessionAll(sessionId: string): string;
}

/**
 * Makes the subjects of a cluster.
 *
 * @param namespace one token, as `Id`
 * @throws {RangeError} from each function for a name or id that has no token
 */
export function createSubjects(namespace: string): Subjects {
  const of = (...parts: string[]) => [namespace, ...parts].map(checkToken).join(".");
  return {
    inboxPrefix: `_INBOX.${checkToken(namespace)}`,
    room: (name, what) => of("room", encodeRoom(name), what),
    roomAll: (name) => `${of("room", encodeRoom(name))}.>`,
    node: (nodeId, what) => of("node", nodeId, what),
    nodeAll: (nodeId) => `${of("node", nodeId)}.>`,
    cluster: (what) => of("cluster", what),
    media: (nodeStart, what, ...ids) => of("media", nodeStart, what, ...ids),
    mediaAll: (nodeStart, what) => `${of("media", nodeStart, what)}.>`,
    session: (sessionId, what) => of("session", sessionId, what),
    sessionAll: (sessionId) => `${of("session", sessionId)}.>`,
  };
}

/** The last token of a subject: the `what` of those above. */
export function lastToken(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

/** The ids at the end of a subject that `media` made; none where there is anything else. */
export function mediaIds(subject: string): readonly string[] {
  const ids = subject.split(".").slice(4);
  return ids.every((id) => plain.test(id)) ? ids : [];
}

/**
 * The one token for a room, whatever its name; different names have different tokens.
 *
 * @throws {RangeError} for an empty name, one longer than `maxRoomNameBytes`, or one that is no well-formed Unicode
 */
export function encodeRoom(name: string): string {
  if (plain.test(name)) return name;
  const bytes = new TextEncoder().encode(name);
  // A lone surrogate is encoded as U+FFFD, as any other one: two names would share a token.
  if (bytes.length === 0 || bytes.length > maxRoomNameBytes || new TextDecoder().decode(bytes) !== name) {
    throw new RangeError(
      `Cannot make a subject of a room name of ${bytes.length} bytes: expected 1 to ${maxRoomNameBytes} of UTF-8`,
    );
  }
  const base64 = btoa(String.fromCharCode(...bytes));
  return encodedMark + base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function checkToken(token: string): string {
  if (plain.test(token) || /^~[A-Za-z0-9_-]{1,344}$/.test(token)) return token;
  throw new RangeError(`Cannot make a subject of ${JSON.stringify(token.slice(0, 64))}: expected an id`);
}
