"""A client of a room on aiortc, without any SDK: sends a test picture and silence, and says what it receives.

    apt-get install python3-aiortc python3-websockets   (or pip install aiortc websockets)
    python3 examples/aiortc_client.py ws://127.0.0.1:8080/ws atrium

Ctrl+C ends it. The protocol is in docs/protocol.md.
"""

import asyncio
import json
import sys

import websockets
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from aiortc.sdp import candidate_from_sdp


class Client:
    def __init__(self, socket):
        self.socket = socket
        self.pc = RTCPeerConnection()
        self.sections = {}  # who sends what in which section, by its mid
        self.tasks = set()
        self.pc.on("track", lambda track: self.spawn(self.receive(track)))

    async def send(self, message):
        await self.socket.send(json.dumps(message))

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def publish(self):
        """Offers what we send; aiortc puts all of its candidates into the offer."""
        sources = {self.pc.addTrack(VideoStreamTrack()): "camera", self.pc.addTrack(AudioStreamTrack()): "microphone"}
        await self.pc.setLocalDescription(await self.pc.createOffer())
        tracks = {
            each.mid: {"source": sources[each.sender]} for each in self.pc.getTransceivers() if each.sender in sources
        }
        await self.send({"type": "offer", "sdp": self.pc.localDescription.sdp, "tracks": tracks})

    async def receive(self, track):
        """Reads frames until the track ends, and says when one of somebody else comes."""
        [transceiver] = [each for each in self.pc.getTransceivers() if each.receiver.track is track]
        said = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            carried = self.sections.get(transceiver.mid)
            if carried is not None and carried != said:
                said = carried
                size = f" {frame.width} x {frame.height}" if track.kind == "video" else ""
                print(f"receiving {track.kind}{size} of {carried['peer']}", flush=True)

    async def handle(self, message):
        kind = message["type"]
        if kind == "joined":
            print(f"joined as {message['peer']}, with {len(message['peers'])} others", flush=True)
            await self.publish()
        elif kind in ("offer", "answer"):
            if kind == "offer" or "tracks" in message:
                self.sections = message.get("tracks", {})
            await self.pc.setRemoteDescription(RTCSessionDescription(sdp=message["sdp"], type=kind))
            if kind == "offer":
                await self.pc.setLocalDescription(await self.pc.createAnswer())
                await self.send({"type": "answer", "sdp": self.pc.localDescription.sdp})
        elif kind == "candidate" and message["candidate"]:
            candidate = candidate_from_sdp(message["candidate"]["candidate"].split(":", 1)[1])
            candidate.sdpMid = message["candidate"]["sdpMid"]
            candidate.sdpMLineIndex = message["candidate"]["sdpMLineIndex"]
            await self.pc.addIceCandidate(candidate)
        elif kind == "peer-joined":
            print(f"{message['peer']['name'] or 'somebody'} is here", flush=True)
        elif kind == "error":
            print(f"{message['code']}: {message['message']}", file=sys.stderr, flush=True)


async def main(url="ws://127.0.0.1:8080/ws", room="atrium"):
    # A frame of the server may be longer than what the library takes by default.
    async with websockets.connect(url, max_size=2**24) as socket:
        client = Client(socket)
        await client.send({"type": "join", "room": room, "name": "Python"})
        try:
            async for frame in socket:
                await client.handle(json.loads(frame))
        finally:
            await client.pc.close()


try:
    asyncio.run(main(*sys.argv[1:3]))
except KeyboardInterrupt:
    pass
