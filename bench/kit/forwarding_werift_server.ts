import { App, us_socket_local_port, type WebSocket } from "uWebSockets.js";
import {
  type MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCRtpSender,
  type RTCRtpTransceiver,
  useAbsSendTime,
  useNACK,
  usePLI,
  useREMB,
  useSdesMid,
  useSdesRTPStreamId,
  useTransportWideCC,
  useTWCC,
} from "werift-unpatched";

// What Signalbox is held against: werift as it comes, `onReceiveRtp` to `sendRtp`, behind a WebSocket server with nothing around it.
// One publisher, who offers; to a subscriber it offers itself. With `--real`, header extensions, feedback and RTX are negotiated.

interface Client {
  readonly pc: RTCPeerConnection;
  /** Messages are worked off one after another. */
  done: Promise<void>;
}

interface ClientSays {
  readonly type: "publish" | "subscribe" | "answer";
  readonly sdp: string;
}

const isReal = process.argv.includes("--real");
const video = [
  new RTCRtpCodecParameters({
    mimeType: "video/VP8",
    clockRate: 90_000,
    rtcpFeedback: [useNACK(), usePLI(), useREMB(), ...(isReal ? [useTWCC()] : [])],
  }),
  ...(isReal ? [new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000 })] : []),
];
const extensions = [useSdesMid(), useSdesRTPStreamId(), useAbsSendTime(), useTransportWideCC()];
const senders: RTCRtpSender[] = [];
let requestKeyframe = (): void => undefined;

function openConnection(): RTCPeerConnection {
  return new RTCPeerConnection({
    iceServers: [],
    codecs: { video, audio: [] },
    headerExtensions: { video: isReal ? extensions : [], audio: [] },
  });
}

/** Begins with what is published. */
function forward(track: MediaStreamTrack, { receiver }: RTCRtpTransceiver): void {
  // werift switches no layers: of a simulcast publisher it forwards the highest one, all the time.
  if (track.rid !== undefined && track.rid !== "f") return;
  requestKeyframe = () => {
    if (track.ssrc !== undefined) void receiver.sendRtcpPLI(track.ssrc);
  };
  track.onReceiveRtp.subscribe((packet) => {
    for (const sender of senders) void sender.sendRtp(packet);
  });
}

async function answer(socket: WebSocket<Client>, { type, sdp }: ClientSays): Promise<void> {
  const { pc } = socket.getUserData();
  const say = (message: object) => socket.send(JSON.stringify(message));
  if (type === "answer") await pc.setRemoteDescription({ type, sdp });
  else if (type === "publish") {
    pc.onTransceiverAdded.subscribe((transceiver) => {
      // Each simulcast layer is a track.
      transceiver.onTrack.subscribe((track) => forward(track, transceiver));
    });
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    say({ type: "answer", sdp: pc.localDescription?.sdp });
  } else {
    const { sender } = pc.addTransceiver("video", { direction: "sendonly" });
    senders.push(sender);
    sender.onPictureLossIndication.subscribe(() => requestKeyframe());
    const offer = await pc.createOffer();
    for (const { connection } of pc.iceTransports) delete connection.stunServer;
    await pc.setLocalDescription(offer);
    say({ type: "offer", sdp: pc.localDescription?.sdp });
  }
}

function tell(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
}

App()
  .ws<Client>("/ws", {
    maxPayloadLength: 1 << 20,
    idleTimeout: 0,
    upgrade: (res, req, context) => {
      const [key, protocol, offered] = ["key", "protocol", "extensions"].map((name) =>
        req.getHeader(`sec-websocket-${name}`),
      );
      const client = { pc: openConnection(), done: Promise.resolve() };
      res.upgrade(client, key ?? "", protocol ?? "", offered ?? "", context);
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
