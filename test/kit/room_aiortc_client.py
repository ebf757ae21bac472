"""Somebody in a room on aiortc: signalling and commands come in on stdin, signalling and events go out on stdout.

One JSON object in each line. In: what the server sent (it has a "type"), or a command (it has a "command"). Out: what goes
to the server (it has a "type"), or an event (it has an "event"). The first argument is the configuration as JSON:
{"room": str, "name": str, "yuv": [y, u, v], "tone": hertz}. The end of stdin is the end of the client.
"""

import asyncio
import fractions
import json
import math
import sys

import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT = 320, 240
SAMPLE_RATE = 48000


def write(message):
    print(json.dumps(message), flush=True)


class Tone(AudioStreamTrack):
    """A sine at half of full scale."""

    def __init__(self, hertz):
        super().__init__()
        self.hertz = hertz
        self.sample = 0
        self.started = None

    async def recv(self):
        count = SAMPLE_RATE // 50
        loop = asyncio.get_running_loop()
        if self.started is None:
            self.started = loop.time()
        await asyncio.sleep(max(0, self.started + self.sample / SAMPLE_RATE - loop.time()))
        times = (numpy.arange(count) + self.sample) / SAMPLE_RATE
        tone = (numpy.sin(2 * math.pi * self.hertz * times) * 16384).astype(numpy.int16)
        frame = AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.pts = self.sample
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = fractions.Fraction(1, SAMPLE_RATE)
        self.sample += count
        return frame


class Plane(VideoStreamTrack):
    """A picture of one color."""

    def __init__(self, yuv):
        super().__init__()
        self.yuv = yuv

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        picture = numpy.empty((HEIGHT * 3 // 2, WIDTH), dtype=numpy.uint8)
        picture[:HEIGHT] = self.yuv[0]
        picture[HEIGHT : HEIGHT * 5 // 4] = self.yuv[1]
        picture[HEIGHT * 5 // 4 :] = self.yuv[2]
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = pts
        frame.time_base = time_base
        return frame


class Client:
    def __init__(self, config):
        self.config = config
        self.pc = RTCPeerConnection()
        self.carried = {}
        self.tasks = set()
        self.labels = {}
        self.pc.on("connectionstatechange", lambda: self.event("connection", state=self.pc.connectionState))
        self.pc.on("track", self.on_track)

    def event(self, name, **fields):
        write({"event": name, **fields})

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_track(self, track):
        [transceiver] = [each for each in self.pc.getTransceivers() if each.receiver.track is track]
        self.event("track", kind=track.kind, mid=transceiver.mid)
        report = self.report_audio if track.kind == "audio" else self.report_video
        self.spawn(report(track, transceiver))

    def whose(self, transceiver):
        return self.carried.get(transceiver.mid, {}).get("peer")

    async def report_audio(self, track, transceiver):
        frames = 0
        while True:
            frame = await track.recv()
            frames += 1
            if frames % 10 == 0:
                samples = frame.to_ndarray().astype(numpy.float64)
                rms = float(numpy.sqrt(numpy.mean(samples**2)))
                self.event("audio", peer=self.whose(transceiver), frames=frames, rms=rms)

    async def report_video(self, track, transceiver):
        frames = 0
        while True:
            frame = await track.recv()
            frames += 1
            if frames % 5 == 0:
                height = frame.height
                planes = frame.to_ndarray(format="yuv420p")
                parts = (planes[:height], planes[height : height * 5 // 4], planes[height * 5 // 4 :])
                yuv = [round(float(part.mean())) for part in parts]
                size = {"width": frame.width, "height": height}
                self.event("video", peer=self.whose(transceiver), frames=frames, yuv=yuv, **size)

    async def publish(self):
        tracks = [("camera", Plane(self.config["yuv"])), ("microphone", Tone(self.config["tone"]))]
        for source, track in tracks:
            sender = self.pc.addTrack(track)
            self.labels[sender] = source
        await self.pc.setLocalDescription(await self.pc.createOffer())
        labels = {
            each.mid: {"source": self.labels[each.sender]}
            for each in self.pc.getTransceivers()
            if each.sender in self.labels
        }
        write({"type": "offer", "sdp": self.pc.localDescription.sdp, "tracks": labels})

    async def handle(self, message):
        kind = message.get("type")
        if kind == "joined":
            self.event("joined", peer=message["peer"])
            await self.publish()
        elif kind in ("offer", "answer"):
            self.carried = message.get("tracks", self.carried if kind == "answer" else {})
            await self.pc.setRemoteDescription(RTCSessionDescription(sdp=message["sdp"], type=kind))
            if kind == "offer":
                await self.pc.setLocalDescription(await self.pc.createAnswer())
                write({"type": "answer", "sdp": self.pc.localDescription.sdp})
        elif kind == "candidate" and message.get("candidate"):
            init = message["candidate"]
            candidate = candidate_from_sdp(init["candidate"].split(":", 1)[1])
            candidate.sdpMid = init.get("sdpMid")
            candidate.sdpMLineIndex = init.get("sdpMLineIndex")
            await self.pc.addIceCandidate(candidate)
        elif kind == "error":
            self.event("error", error=message["code"], message=message["message"])
        elif kind is None and message.get("command") == "leave":
            write({"type": "leave"})


async def main():
    client = Client(json.loads(sys.argv[1]))
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    write({"type": "join", "room": client.config["room"], "name": client.config["name"]})
    while line := await reader.readline():
        try:
            await client.handle(json.loads(line))
        except Exception as error:  # told to the test, which decides whether it matters
            client.event("error", error=repr(error))
    await client.pc.close()


asyncio.run(main())
