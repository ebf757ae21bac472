import { onTestFinished } from "vitest";
import { candidateLine, type RawOfferOptions, rawOffer } from "./raw_offer.ts";
import { openSignallingSocket, type SignallingSocket } from "./signalling_socket.ts";

/** A client without any engine, in a room; closed at the end of the test. */
export interface RawClient {
  readonly socket: SignallingSocket;
  /** Its id. */
  readonly peer: string;
  /** Offers a data channel and waits for the answer. */
  connect(options?: RawOfferOptions): Promise<void>;
}

export async function openRawClient(wsUrl: string, room = "atrium"): Promise<RawClient> {
  const socket = await openSignallingSocket(wsUrl);
  onTestFinished(() => socket.close());
  socket.send({ type: "join", room });
  const { peer } = await socket.next("joined");
  return {
    socket,
    peer: String(peer),
    async connect(options = { candidates: [candidateLine("198.51.100.7")] }) {
      socket.send({ type: "offer", sdp: rawOffer(options) });
      await socket.next("answer");
    },
  };
}
