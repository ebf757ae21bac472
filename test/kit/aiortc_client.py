"""A scripted aiortc client: signalling and commands come in on stdin, signalling and events go out on stdout.

One JSON object in each line. In: what the server sent (it has a "type"), or a command (it has a "command"). Out: what goes
to the server (it has a "type"), or an event (it has an "event"). The first argument is the configuration as JSON:
{"channels": [label], "audio": bool, "video": bool, "isAnswerer": bool, "relays": [RTCIceServer]}. The end of stdin is the end of the client.
"""

import asyncio
import fractions
import hashlib
import json
import math
import sys

import aioice.ice
import numpy
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT = 320, 240
YUV = (160, 90, 200)
SAMPLE_RATE = 48000


def write(message):
    print(json.dumps(message), flush=True)


class Tone(AudioStreamTrack):
    """440 Hz at half of full scale."""

    def __init__(self):
        super().__init__()
        self.sample = 0
        self.started = None

    async def recv(self):
        count = SAMPLE_RATE // 50
        loop = asyncio.get_running_loop()
        if self.started is None:
            self.started = loop.time()
        await asyncio.sleep(max(0, self.started + self.sample / SAMPLE_RATE - loop.time()))
        times = (numpy.arange(count) + self.sample) / SAMPLE_RATE
        tone = (numpy.sin(2 * math.pi * 440 * times) * 16384).astype(numpy.int16)
        frame = AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.pts = self.sample
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        self.sample += count
        return frame


class Plane(VideoStreamTrack):
    """A picture of one color."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        picture = numpy.empty((HEIGHT * 3 // 2, WIDTH), dtype=numpy.uint8)
        picture[:HEIGHT] = YUV[0]
        picture[HEIGHT : HEIGHT * 5 // 4] = YUV[1]
        picture[HEIGHT * 5 // 4 :] = YUV[2]
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = pts
        frame.time_base = time_base
        return frame


async def report_audio(track):
    frames = 0
    while True:
        frame = await track.recv()
        frames += 1
        if frames % 10 == 0:
            samples = frame.to_ndarray().astype(numpy.float64)
            write({"event": "audio", "frames": frames, "rms": float(numpy.sqrt(numpy.mean(samples**2)))})


async def report_video(track):
    frames = 0
    while True:
        frame = await track.recv()
        frames += 1
        if frames % 5 == 0:
            height = frame.height
            planes = frame.to_ndarray(format="yuv420p")
            parts = (planes[:height], planes[height : height * 5 // 4], planes[height * 5 // 4 :])
            yuv = [round(float(part.mean())) for part in parts]
            write({"event": "video", "frames": frames, "width": frame.width, "height": height, "yuv": yuv})


class Client:
    def __init__(self, config):
        self.config = config
        servers = [RTCIceServer(**server) for server in config.get("relays", [])]
        if servers:
            # This aiortc knows no iceTransportPolicy: it gets no address of its own to go by.
            aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: []
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self.channels = {}
        self.tasks = set()
        self.pc.on("connectionstatechange", lambda: self.event("connection", state=self.pc.connectionState))
        self.pc.on("iceconnectionstatechange", lambda: self.event("ice", state=self.pc.iceConnectionState))
        self.pc.on("signalingstatechange", lambda: self.event("signaling", state=self.pc.signalingState))
        self.pc.on("track", self.on_track)

    def event(self, name, **fields):
        write({"event": name, **fields})

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_track(self, track):
        self.event("track", kind=track.kind)
        self.spawn(report_audio(track) if track.kind == "audio" else report_video(track))

    def open_channel(self, label, **options):
        channel = self.pc.createDataChannel(label, **options)
        self.channels[label] = channel
        channel.on("open", lambda: self.event("open", channel=label))
        channel.on("close", lambda: self.event("close", channel=label))

        @channel.on("message")
        def on_message(message):
            if isinstance(message, str):
                self.event("message", channel=label, text=message)
            else:
                digest = hashlib.sha256(message).hexdigest()
                self.event("message", channel=label, size=len(message), sha256=digest)

    async def start(self):
        for label in self.config.get("channels", []):
            self.open_channel(label)
        if self.config.get("audio"):
            self.pc.addTrack(Tone())
        if self.config.get("video"):
            self.pc.addTrack(Plane())
        await self.offer()

    async def offer(self):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        self.signal()

    def signal(self):
        description = self.pc.localDescription
        write({"type": description.type, "sdp": description.sdp})

    async def handle(self, message):
        kind = message.get("type")
        if kind in ("offer", "answer"):
            await self.pc.setRemoteDescription(RTCSessionDescription(sdp=message["sdp"], type=kind))
            if kind == "offer":
                await self.pc.setLocalDescription(await self.pc.createAnswer())
                self.signal()
        elif kind == "candidate" and message.get("candidate"):
            init = message["candidate"]
            candidate = candidate_from_sdp(init["candidate"].split(":", 1)[1])
            candidate.sdpMid = init.get("sdpMid")
            candidate.sdpMLineIndex = init.get("sdpMLineIndex")
            await self.pc.addIceCandidate(candidate)
        elif kind is None:
            await self.obey(message)

    async def obey(self, message):
        command = message["command"]
        if command == "sendText":
            self.channels[message["channel"]].send(message["text"])
        elif command == "sendBytes":
            data = bytes((index * 31 + (index >> 8)) & 0xFF for index in range(message["size"]))
            self.event("sent", sha256=hashlib.sha256(data).hexdigest())
            self.channels[message["channel"]].send(data)
        elif command == "openChannel":
            self.open_channel(message["channel"], **message.get("options", {}))
        elif command == "addVideo":
            self.pc.addTrack(Plane())
            await self.offer()
        elif command == "path":
            pair = self.pc.sctp.transport.transport._connection._nominated[1]
            self.event("path", local=pair.local_candidate.type, remote=pair.remote_candidate.type)
        elif command == "bye":
            write({"type": "bye"})


async def main():
    client = Client(json.loads(sys.argv[1]))
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await client.start()
    while line := await reader.readline():
        try:
            await client.handle(json.loads(line))
        except Exception as error:  # told to the test, which decides whether it matters
            client.event("error", error=repr(error))
    await client.pc.close()


asyncio.run(main())
