import { App, us_socket_local_port, type WebSocket } from "uWebSockets.js";
import { RTCPeerConnection } from "werift-unpatched";

// What Signalbox is held against: werift as it comes, behind the same WebSocket server and the same messages, with nothing around
// it. Only the look-up of a public STUN server is left out, which would reach outside and cost werift up to 5 s for each set-up.

interface Client {
  readonly pc: RTCPeerConnection;
  /** Messages are worked off one after another. */
  done: Promise<void>;
}

interface ClientSays {
  readonly type: string;
  readonly sdp: string;
  readonly candidate: { readonly candidate: string; readonly sdpMid: string };
}

async function answer(socket: WebSocket<Client>, message: ClientSays): Promise<void> {
  const { pc } = socket.getUserData();
  if (message.type === "candidate") await pc.addIceCandidate(message.candidate);
  if (message.type !== "offer") return;
  await pc.setRemoteDescription({ type: "offer", sdp: message.sdp });
  for (const { connection } of pc.iceTransports) delete connection.stunServer;
  await pc.setLocalDescription(await pc.createAnswer());
  socket.send(JSON.stringify({ type: "answer", sdp: pc.localDescription?.sdp }));
}

function tell(error: unknown): void {
  process.stderr.write(`${error}\n`);
}

App()
  .ws<Client>("/ws", {
    upgrade: (res, req, context) => {
      const [key, protocol, extensions] = ["key", "protocol", "extensions"].map((name) =>
        req.getHeader(`sec-websocket-${name}`),
      );
      const client = { pc: new RTCPeerConnection({ iceServers: [] }), done: Promise.resolve() };
      res.upgrade(client, key ?? "", protocol ?? "", extensions ?? "", context);
    },
    message: (socket, data) => {
      const client = socket.getUserData();
      const message = JSON.parse(Buffer.from(data).toString()) as ClientSays;
      client.done = client.done.then(() => answer(socket, message)).catch(tell);
    },
    close: (socket) => void socket.getUserData().pc.close(),
  })
  .listen("127.0.0.1", 0, (listening) => {
    if (listening === false) throw new Error("Cannot listen on 127.0.0.1");
    process.stdout.write(`werift listening on http://127.0.0.1:${us_socket_local_port(listening)}\n`);
  });
process.on("SIGTERM", () => process.exit(0));
