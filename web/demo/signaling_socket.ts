/** What the page says to the server: the base level of the protocol, and of rooms what asks for ICE servers. */
export type ClientMessage =
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly candidate: RTCIceCandidateInit | null }
  | { readonly type: "bye"; readonly reason?: string }
  | { readonly type: "join"; readonly room: string; readonly name: string; readonly subscribe: "none" }
  | { readonly type: "data"; readonly to: readonly string[]; readonly topic: string; readonly payload: number }
  | { readonly type: "leave" };

/** What the server says that a test has to hear. */
export type ServerMessage =
  | { readonly type: "offer" | "answer"; readonly sdp: string }
  | { readonly type: "candidate"; readonly candidate: RTCIceCandidateInit | null }
  | { readonly type: "bye"; readonly reason: string }
  | { readonly type: "error"; readonly code: string; readonly message: string }
  | { readonly type: "joined"; readonly peer: string; readonly iceServers: readonly RTCIceServer[] }
  | { readonly type: "data"; readonly topic: string; readonly payload: unknown };

/** What the owner of a socket is told. */
export interface SocketListener {
  opened(): void;
  received(message: ServerMessage): void;
  closed(code: number, reason: string): void;
}

/** The WebSocket to the server: JSON in text frames. Whoever makes it closes it. */
export class SignalingSocket {
  readonly #socket: WebSocket;

  /** Opens the socket at once; `url` is `ws:` or `wss:`. */
  constructor(url: string, listener: SocketListener) {
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => listener.opened();
    this.#socket.onclose = (event) => listener.closed(event.code, event.reason);
    this.#socket.onmessage = (event) => {
      const message = typeof event.data === "string" ? parseServerMessage(event.data) : null;
      if (message !== null) listener.received(message);
    };
  }

  /** Sends one message; says whether the socket was open to take it. */
  send(message: ClientMessage): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Closes for good; the listener hears nothing any more. */
  close(): void {
    this.#socket.onopen = this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close(1000);
  }
}

/** Reads a frame; null where it is nothing that a test knows (a newer server may say more). */
export function parseServerMessage(text: string): ServerMessage | null {
  const value = parseObject(text);
  const sdp = value["sdp"];
  switch (value["type"]) {
    case "offer":
    case "answer":
      return typeof sdp === "string" ? { type: value["type"], sdp } : null;
    case "candidate":
      return { type: "candidate", candidate: candidateOf(value["candidate"]) };
    case "bye":
      return { type: "bye", reason: textOf(value["reason"]) };
    case "error":
      return { type: "error", code: textOf(value["code"]), message: textOf(value["message"]) };
    case "joined":
      return { type: "joined", peer: textOf(value["peer"]), iceServers: iceServersOf(value["iceServers"]) };
    case "data":
      return { type: "data", topic: textOf(value["topic"]), payload: value["payload"] };
    default:
      return null;
  }
}

function iceServersOf(value: unknown): readonly RTCIceServer[] {
  const isServer = (one: unknown): one is RTCIceServer => {
    if (typeof one !== "object" || one === null || !("urls" in one)) return false;
    return [one.urls].flat().every((url) => typeof url === "string");
  };
  return Array.isArray(value) ? value.filter(isServer) : [];
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Both forms of the protocol: the object of the W3C, and the bare line; no candidate means the end of them. */
function candidateOf(value: unknown): RTCIceCandidateInit | null {
  if (typeof value === "string") return value === "" ? null : { candidate: value, sdpMLineIndex: 0 };
  return typeof value === "object" && value !== null ? { ...value } : null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
