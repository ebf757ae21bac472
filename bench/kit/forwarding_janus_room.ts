import type { ForwardingPeer } from "./forwarding_peer.ts";
import type { ForwardingRoom } from "./forwarding_room.ts";
import { ForwardingSocket, type Said } from "./forwarding_socket.ts";

const room = 1;

/** A VideoRoom of Janus, over its WebSocket. */
export class JanusRoom implements ForwardingRoom {
  readonly #socket: ForwardingSocket;
  readonly #session: number;
  readonly #handles = new Map<ForwardingPeer, number>();
  readonly #keepAlive: NodeJS.Timeout;
  #transaction = 0;

  private constructor(socket: ForwardingSocket, session: number) {
    this.#socket = socket;
    this.#session = session;
    this.#keepAlive = setInterval(() => socket.say(this.#order("keepalive")), 20_000);
  }

  static async open(url: string): Promise<JanusRoom> {
    const socket = await ForwardingSocket.open(url, "janus-protocol");
    socket.say({ janus: "create", transaction: "create" });
    const { data } = await socket.hear("a session", ({ janus }) => janus === "success");
    const self = new JanusRoom(socket, data.id);
    const handle = await self.#attach();
    const { plugindata } = await self.#ask(handle, { request: "exists", room });
    // All else as Janus has it when a room is made.
    if (!plugindata.data.exists) await self.#ask(handle, { request: "create", room, publishers: 5, videocodec: "vp8" });
    return self;
  }

  async publish(peer: ForwardingPeer): Promise<void> {
    const handle = await this.#attach();
    const body = { request: "joinandconfigure", ptype: "publisher", room, video: true };
    // Its order of simulcast layers is highest first unless it is told.
    const offer = { type: "offer", sdp: await peer.offer(), rid_order: "lmh" };
    const { jsep } = await this.#ask(handle, body, offer);
    await peer.accept(jsep.sdp);
    await this.#socket.hear("webrtcup", ({ janus, sender }) => janus === "webrtcup" && sender === handle);
  }

  async subscribe(peer: ForwardingPeer): Promise<void> {
    const handle = await this.#attach();
    this.#handles.set(peer, handle);
    const { plugindata } = await this.#ask(handle, { request: "listparticipants", room });
    const feed = plugindata.data.participants.find(({ publisher }: Said) => publisher)?.id;
    const streams = [{ feed }];
    const { jsep } = await this.#ask(handle, { request: "join", ptype: "subscriber", room, streams });
    await this.#ask(handle, { request: "start" }, { type: "answer", sdp: await peer.answer(jsep.sdp) });
    await this.#socket.hear("webrtcup", ({ janus, sender }) => janus === "webrtcup" && sender === handle);
  }

  preferLayer(peer: ForwardingPeer, layer: number): void {
    const body = { request: "configure", streams: [{ mid: "0", substream: layer }] };
    this.#socket.say({ ...this.#order("message"), handle_id: this.#handles.get(peer), body });
  }

  close(): void {
    clearInterval(this.#keepAlive);
    this.#socket.close();
  }

  async #attach(): Promise<number> {
    const order = this.#order("attach");
    this.#socket.say({ ...order, plugin: "janus.plugin.videoroom" });
    return (await this.#hear(order.transaction)).data.id;
  }

  async #ask(handle: number, body: object, jsep?: object): Promise<Said> {
    const order = this.#order("message");
    this.#socket.say({ ...order, handle_id: handle, body, ...(jsep === undefined ? {} : { jsep }) });
    const said = await this.#hear(order.transaction);
    const { error } = said.plugindata?.data ?? said;
    if (error !== undefined) throw new Error(`Janus says ${JSON.stringify(error)}`);
    return said;
  }

  #hear(transaction: string): Promise<Said> {
    return this.#socket.hear("Janus's answer", (said) => said.transaction === transaction && said.janus !== "ack");
  }

  #order(janus: string): { janus: string; session_id: number; transaction: string } {
    this.#transaction += 1;
    return { janus, session_id: this.#session, transaction: String(this.#transaction) };
  }
}
