import type { Application, DataChannel, Peer } from "../mod.ts";

/**
 * The default application: whatever a client sends comes back to it. A message on a data channel returns on that channel, text
 * as text and bytes as bytes; a track returns as a track.
 */
export const echo: Application = {
  peerOpened(peer: Peer) {
    peer.ondatachannel = (channel) => returnMessages(channel);
    peer.ontrack = (track) => {
      const sent = peer.addTrack(track);
      track.onended = () => sent.stop();
    };
  },
};

function returnMessages(channel: DataChannel): void {
  channel.onmessage = (data) => {
    try {
      channel.send(data);
    } catch {
      // A client that sends more than it reads back: the node's limits say when it is enough.
      channel.close();
    }
  };
}
