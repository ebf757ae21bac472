import { joinRoom, type RemoteTrack } from "../web/client/mod.ts";
import { weriftPlatform } from "../web/node/mod.ts";

// Takes only what it wants of a room: sound and no pictures, the notes of a room channel, and statistics.
//
//   npx node examples/listener.ts ws://127.0.0.1:8080/ws atrium

const [url = "ws://127.0.0.1:8080/ws", name = "atrium"] = process.argv.slice(2);
const options = { url, name: "Listener", subscribe: "none", platform: weriftPlatform, statsIntervalMs: 1_000 } as const;
const room = await joinRoom(name, options);

function take(track: RemoteTrack): void {
  if (track.kind === "audio") track.subscribe();
}
for (const peer of room.peers.values()) for (const track of peer.tracks.values()) take(track);
room.on("track-published", take);
room.on("track-started", ({ kind, peer }) => console.log(`${kind} of ${peer.name}`));

const notes = room.openChannel("notes");
notes.on("message", ({ from, data }) => console.log(`${room.peers.get(from)?.name}: ${data}`));
notes.on("open", () => notes.send("listening"));

room.on("stats", ({ tracks }) => {
  for (const { kind, packets, bitrate, packetLoss } of tracks) {
    console.log(`${kind}: ${packets} packets, ${Math.round(bitrate / 1_000)} kbit/s, ${packetLoss * 100} % lost`);
  }
});
process.once("SIGINT", () => room.leave());
