import type { ForwardingPeer } from "./forwarding_peer.ts";
import type { ForwardingRoom } from "./forwarding_room.ts";
import { ForwardingSocket } from "./forwarding_socket.ts";

const rids = ["q", "h", "f"] as const;

/** A room of a Signalbox node; each member has a WebSocket of its own. */
export class SignalboxRoom implements ForwardingRoom {
  readonly #url: string;
  readonly #sockets = new Map<ForwardingPeer, ForwardingSocket>();
  /** The published track, once somebody was told of it. */
  #track = "";

  constructor(url: string) {
    this.#url = url;
  }

  async publish(peer: ForwardingPeer): Promise<void> {
    const socket = await this.#join(peer, "none");
    socket.say({ type: "offer", sdp: await peer.offer(), tracks: { 0: { source: "camera" } } });
    await peer.accept((await socket.hear("the answer", ({ type }) => type === "answer")).sdp);
  }

  async subscribe(peer: ForwardingPeer): Promise<void> {
    const socket = await this.#join(peer, "all");
    const sdp = await peer.offer();
    const answered = socket.hear("the answer", ({ type }) => type === "answer");
    socket.say({ type: "offer", sdp });
    await peer.accept((await answered).sdp);
    // Further sections come with offers of the server.
    socket.onmessage = ({ type, sdp }) => {
      if (type === "offer") void peer.answer(sdp).then((answer) => socket.say({ type: "answer", sdp: answer }));
    };
  }

  preferLayer(peer: ForwardingPeer, layer: number): void {
    this.#sockets.get(peer)?.say({ type: "subscribe", track: this.#track, layer: rids[layer] ?? null });
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
  }

  async #join(peer: ForwardingPeer, subscribe: "all" | "none"): Promise<ForwardingSocket> {
    const socket = await ForwardingSocket.open(this.#url);
    this.#sockets.set(peer, socket);
    socket.say({ type: "join", room: "bench", subscribe });
    const { peers } = await socket.hear("to have joined", ({ type }) => type === "joined");
    // biome-ignore lint/suspicious/noExplicitAny: of a message
    this.#track = peers.flatMap(({ tracks }: any) => tracks)[0]?.id ?? this.#track;
    return socket;
  }
}
