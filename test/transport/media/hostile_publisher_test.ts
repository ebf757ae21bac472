import { describe, expect, it } from "vitest";
import type { ReceivedTrack } from "../../../transport/media/forwarding/received_track.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectHostile } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

/** What the node took in of a track, in its layers. */
function heard(track: unknown): (number | undefined)[] {
  return (track as ReceivedTrack).source.layers.map((layer) => layer.stream?.ssrc);
}

describe("a hostile publisher", () => {
  it("[HM4] a section that pauses is heard again although its sequence numbers went round", async () => {
    const opened = (await openEngines()).create();
    const { transceiver, track, forge, ssrc, payloadType, offer } = await connectHostile(opened);
    let sequenceNumber = 65_500;
    const send = async () => {
      await forge.rtp({ ssrc, sequenceNumber: sequenceNumber & 0xffff, payloadType });
      sequenceNumber += 1;
    };
    await eventually(
      async () => {
        await send();
        return heard(track)[0] === ssrc && sequenceNumber > 65_540;
      },
      { what: "the stream to be heard", intervalMs: 2 },
    );
    transceiver.setDirection("inactive");
    await offer();
    transceiver.setDirection("sendrecv");
    await offer();
    const again = await opened.tracks.next();
    await eventually(
      async () => {
        await send();
        return heard(again)[0] === ssrc;
      },
      { what: "the stream to be heard after the pause", timeoutMs: 3_000 },
    );
  });

  it("[HM6] layers that a later offer brings are those of the track, or are left out", async () => {
    const opened = (await openEngines()).create();
    const { pc, transceiver, track, forge, ssrc, payloadType } = await connectHostile(opened);
    await pc.setLocalDescription(await pc.createOffer());
    const sdp = (pc.localDescription?.sdp ?? "").trimEnd();
    const layers = "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n";
    const answer = await opened.answer(`${sdp}\r\n${layers}`);
    await pc.setRemoteDescription({ type: "answer", sdp: answer.replace(/a=(rid|simulcast).*\r\n/g, "") });
    const id = (name: string) => transceiver.headerExtensions.find(({ uri }) => uri.endsWith(name))?.id ?? 0;
    const mid = { id: id("sdes:mid"), payload: Buffer.from(transceiver.mid ?? "") };
    const errors: unknown[] = [];
    const source = (track as ReceivedTrack).source;
    const { openStream } = source;
    source.openStream = (...options) => {
      try {
        return openStream.apply(source, options);
      } catch (error) {
        errors.push(error);
        throw error;
      }
    };
    let sequenceNumber = 0;
    await eventually(
      async () => {
        for (const rid of ["f", "h", "q"]) {
          const extensions = [mid, { id: id(":rtp-stream-id"), payload: Buffer.from(rid) }];
          await forge.rtp({
            ssrc: ssrc + rid.charCodeAt(0),
            sequenceNumber: sequenceNumber++,
            payloadType,
            extensions,
          });
        }
        return heard(track)[0] !== undefined;
      },
      { what: "a layer to be heard" },
    );
    expect(errors).toEqual([]);
  });
});
