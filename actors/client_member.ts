import type { Ref } from "../protocol/ref.ts";
import type { TrackLabel } from "../protocol/room.ts";
import type { CarriedTracks, RoomServerMessage } from "../protocol/server_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { RemoteTrack } from "./application.ts";
import type { LiveRoom } from "./live_room.ts";
import type { PeerHandle } from "./peer_handle.ts";
import type { PeerOwner } from "./peer_owner.ts";
import type { LiveMember, LiveTrack } from "./room_member.ts";
import type { SessionHandle } from "./session_handle.ts";

/** A track of a client, with what is said of it now. */
interface ClientTrack extends LiveTrack {
  label: TrackLabel;
}

/** A client in a room, which owns its peer connection meanwhile. */
export class ClientMember implements LiveMember, PeerOwner {
  readonly id: string;
  readonly session: SessionHandle;
  readonly room: LiveRoom;
  readonly tracks = new Map<string, ClientTrack>();
  /** It waits to be let in. */
  isEntering = true;
  /** Its session ends: nobody is there to be told or handed anything back. */
  isGone = false;
  #peer: PeerHandle | null = null;

  /** What it joined as, for its resume token, and by which request. */
  readonly entry: { readonly name: string; readonly isSubscribing: boolean; readonly ref: Ref | null };

  constructor(session: SessionHandle, room: LiveRoom, entry: ClientMember["entry"]) {
    this.id = session.id;
    this.session = session;
    this.room = room;
    this.entry = entry;
  }

  get peer(): PeerHandle | null {
    return this.#peer;
  }

  /** Asks to be let in, at once or once something is known; the room waits for it, unless it leaves before. */
  enter(known: Promise<void> | undefined, ask: () => void): void {
    const { id, room } = this;
    if (known === undefined) {
      this.isEntering = false;
      ask();
      return;
    }
    room.send({ type: "member.awaited", memberId: id });
    void known.then(() => {
      if (room.members.get(id) !== this) return;
      this.enter(undefined, ask);
      room.send({ type: "member.forgone", memberId: id });
    });
  }

  peerOpened(peer: PeerHandle): void {
    const { subscriptions } = this.room;
    if (this.#peer !== null) this.#peerClosed(this.#peer);
    this.#peer = peer;
    peer.ontrack = (track) => this.#publish(peer, track);
    peer.onchannel = (channel) => this.room.channelOpened(this, channel);
    peer.onlabelschange = () => this.#relabel(peer);
    peer.onconnectionstatechange = (state) => {
      if (state !== "closed") subscriptions.peerStateChanged(this.id, state);
    };
    peer.onclose = () => this.#peerClosed(peer);
    subscriptions.peerOpened(this);
    if (peer.connectionState !== "new") subscriptions.peerStateChanged(this.id, peer.connectionState);
  }

  describeTracks(): CarriedTracks {
    return this.room.subscriptions.describe(this.id);
  }

  hear({ type }: RoomServerMessage, text: string): void {
    // Who waits to be let in is told all of it then. What the others are like is told anew to who comes back; what they said is not.
    if (!this.isGone && !this.isEntering) this.session.tellEncoded(text, { isKept: type === "data" });
  }

  hearError(code: ErrorCode, message: string, ref?: Ref | null): void {
    this.session.tellError(code, message, ref);
  }

  handOver(onClosed: () => void): void {
    this.isGone = true;
    const peer = this.#peer;
    if (peer === null) {
      onClosed();
      return;
    }
    peer.ontrack = peer.onchannel = peer.onlabelschange = null;
    peer.onclose = onClosed;
    for (const track of this.tracks.values()) track.release();
  }

  detach(): void {
    const peer = this.#peer;
    this.#peer = null;
    if (peer === null) return;
    peer.ontrack = null;
    peer.onchannel = null;
    peer.onlabelschange = null;
    peer.onconnectionstatechange = null;
    peer.onclose = null;
  }

  #publish(peer: PeerHandle, remoteTrack: RemoteTrack): void {
    const { mid, kind } = remoteTrack;
    const label = peer.labelOf(mid) ?? { source: kind === "audio" ? "microphone" : "camera" };
    const id = this.room.inheritedIdOf(this.id, kind, label) ?? this.session.nextTrackId();
    const track: ClientTrack = {
      id,
      memberId: this.id,
      remoteTrack,
      streamId: label.source.startsWith("screen") ? `${this.id}-screen` : this.id,
      mid,
      label,
      release: () => {
        if (remoteTrack.onended === onended) remoteTrack.onended = null;
      },
    };
    const onended = (): void => this.room.withdraw(track);
    remoteTrack.onended = onended;
    this.tracks.set(id, track);
    this.room.publish(track, label);
  }

  /** The client said something else of tracks that are there already. */
  #relabel(peer: PeerHandle): void {
    for (const track of this.tracks.values()) {
      const label = track.mid === null ? undefined : peer.labelOf(track.mid);
      const { source, name = "" } = label ?? track.label;
      if (source === track.label.source && name === (track.label.name ?? "")) continue;
      track.label = { source, name };
      this.room.send({ type: "track.labeled", memberId: this.id, trackId: track.id, source, name });
    }
  }

  /** One that was replaced has nothing to do with the member any more. */
  #peerClosed(peer: PeerHandle): void {
    if (peer !== this.#peer) return;
    const { subscriptions, channels } = this.room;
    this.#peer = null;
    for (const track of [...this.tracks.values()]) {
      track.release();
      this.room.withdraw(track);
    }
    subscriptions.peerClosed(this);
    channels.peerClosed(this.id);
  }
}
