import type { ForwardingPeer } from "./forwarding_peer.ts";
import type { ForwardingRoom } from "./forwarding_room.ts";
import { ForwardingSocket } from "./forwarding_socket.ts";

/** The one room of `forwarding_werift_server.ts`; each peer has a WebSocket of its own. */
export class WeriftRoom implements ForwardingRoom {
  readonly #url: string;
  readonly #sockets: ForwardingSocket[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async publish(peer: ForwardingPeer): Promise<void> {
    const socket = await this.#open();
    socket.say({ type: "publish", sdp: await peer.offer() });
    await peer.accept((await socket.hear("the answer", ({ type }) => type === "answer")).sdp);
  }

  async subscribe(peer: ForwardingPeer): Promise<void> {
    const socket = await this.#open();
    socket.say({ type: "subscribe" });
    const { sdp } = await socket.hear("the offer", ({ type }) => type === "offer");
    socket.say({ type: "answer", sdp: await peer.answer(sdp) });
  }

  /** It has no layers to choose from. */
  preferLayer(): void {
    return;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #open(): Promise<ForwardingSocket> {
    const socket = await ForwardingSocket.open(this.#url);
    this.#sockets.push(socket);
    return socket;
  }
}
