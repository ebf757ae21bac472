"""The client of aiortc's examples: it offers once, takes the answer and knows nothing else.

A line of stdout is a message to the server, a line of stdin a message from it; "event" lines are for the test.
"""

import asyncio
import json
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack


async def main():
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    pc = RTCPeerConnection()
    pc.addTrack(VideoStreamTrack())
    channel = pc.createDataChannel("chat")

    @channel.on("open")
    def on_open():
        channel.send("hello")

    @channel.on("message")
    def on_message(message):
        print(json.dumps({"event": "message", "text": message}), flush=True)

    @pc.on("track")
    async def on_track(track):
        frame = await track.recv()
        print(json.dumps({"event": "picture", "width": frame.width}), flush=True)

    await pc.setLocalDescription(await pc.createOffer())
    print(json.dumps({"type": pc.localDescription.type, "sdp": pc.localDescription.sdp}), flush=True)

    while line := await reader.readline():
        message = json.loads(line)
        if message["type"] == "answer":
            await pc.setRemoteDescription(RTCSessionDescription(message["sdp"], message["type"]))
    await pc.close()


asyncio.run(main())
