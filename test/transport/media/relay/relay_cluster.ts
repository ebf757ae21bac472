import { expect, onTestFinished } from "vitest";
import type { Bus } from "../../../../actors/bus.ts";
import type { LogFields, Logger } from "../../../../actors/logger.ts";
import type { RelayedTrack } from "../../../../actors/track_relay.ts";
import { createSubjects } from "../../../../protocol/subjects.ts";
import { LocalHub } from "../../../../transport/bus/local_hub.ts";
import { ReceivedTrack } from "../../../../transport/media/forwarding/received_track.ts";
import { MediaClock } from "../../../../transport/media/media_clock.ts";
import { BusTrackRelay } from "../../../../transport/media/relay/bus_track_relay.ts";
import { eventually } from "../../../kit/eventually.ts";
import { type NatsServer, startNatsServer } from "../../../kit/nats_server.ts";
import { openNatsBus, untilLink } from "../../bus/open_nats_bus.ts";
import { vp8 } from "../forwarding/sent_stream_rig.ts";
import { PublishedStream } from "./published_stream.ts";
import { openSubscriber, type Subscriber } from "./relay_rig.ts";
import { Vp8Encoder } from "./vp8_encoder.ts";

/** Of the clusters of tests. */
export const subjects = createSubjects("test");
/** Generous: only what hangs takes as long. */
export const timeoutMs = 30_000;

/** What connects the nodes of one test, and ends with it. */
export interface Wires {
  connect(): Promise<Bus>;
  /** Nobody is reached any more, until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function openLocalWires(): Promise<Wires> {
  const faults: unknown[] = [];
  const hub = new LocalHub({ reportFault: (error) => faults.push(error) });
  const buses: ReturnType<LocalHub["connect"]>[] = [];
  onTestFinished(() => expect(faults).toEqual([]));
  return {
    connect: async () => {
      const bus = hub.connect(`${buses.length}`);
      buses.push(bus);
      return bus;
    },
    cut: async () => buses.forEach((bus) => bus.cutOff()),
    mend: async () => buses.forEach((bus) => bus.mend()),
  };
}

export async function openNatsWires(): Promise<Wires> {
  let server: NatsServer = await startNatsServer();
  const buses: ReturnType<typeof openNatsBus>["bus"][] = [];
  onTestFinished(() => server.kill());
  const reach = (state: string) => Promise.all(buses.map((bus) => untilLink(bus, state)));
  return {
    connect: async () => {
      const { bus, lines } = openNatsBus(server.url);
      buses.push(bus);
      await untilLink(bus, "connected");
      onTestFinished(() => expect(lines.seen.filter(({ level }) => level === "error")).toEqual([]));
      return bus;
    },
    cut: async () => {
      await server.kill();
      await reach("reconnecting");
    },
    mend: async () => {
      server = await server.restart();
      await reach("connected");
    },
  };
}

export interface LogLine {
  readonly event: string;
  readonly fields: LogFields;
}

/** A node, of which there is all that relays tracks. */
export class RelayingNode {
  readonly bus: Bus;
  readonly start = crypto.randomUUID();
  readonly clock = new MediaClock();
  readonly log: LogLine[] = [];
  readonly relay: BusTrackRelay;

  static async open(wires: Wires): Promise<RelayingNode> {
    return new RelayingNode(await wires.connect());
  }

  private constructor(bus: Bus) {
    this.bus = bus;
    const write = (event: string, fields: LogFields = {}) => void this.log.push({ event, fields });
    const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
    this.relay = new BusTrackRelay({ bus, subjects, node: this.start, clock: this.clock, log });
    onTestFinished(() => this.relay.close());
  }

  /** A track of another node. */
  open(of: RelayingNode, trackId = "camera"): Promise<RelayedTrack> {
    return this.relay.open(trackId, of.start, new AbortController().signal);
  }
}

/** A video that a client of some node sends. */
export class PublishedVideo {
  readonly track: ReceivedTrack;
  readonly streams: readonly PublishedStream[];
  readonly encoders: readonly Vp8Encoder[];
  /** Layers that the client was asked for keyframes of. */
  readonly keyframeRequests: number[] = [];
  readonly #asked = new Set<number>();

  /** `name` is in every packet, with its layer. */
  constructor(name = "", rids: readonly string[] = []) {
    this.track = new ReceivedTrack({
      id: "camera",
      kind: "video",
      mid: "0",
      rids,
      streamIds: [],
      requestKeyframe: (layer) => {
        this.keyframeRequests.push(layer);
        this.#asked.add(layer);
      },
      onHandlerError: (error) => {
        throw error;
      },
    });
    this.track.setCodecs([vp8]);
    this.streams = this.track.source.layers.map((_, layer) => new PublishedStream(this.track, layer));
    this.encoders = this.streams.map((_, layer) => new Vp8Encoder(`${name}${layer}:`));
  }

  /** A frame of each layer, a keyframe where one was asked for. */
  frame(packets = 2): void {
    for (const [layer, stream] of this.streams.entries()) {
      stream.receive(...(this.encoders[layer]?.frame({ packets, isKeyframe: this.#asked.delete(layer) }) ?? []));
    }
  }

  /** Goes on with a frame every now and then until `isDone`. */
  async play(isDone: () => boolean, what: string, describe?: () => unknown): Promise<void> {
    await eventually(
      () => {
        if (isDone()) return true;
        this.frame();
        return false;
      },
      { what, timeoutMs, intervalMs: 10, ...(describe === undefined ? {} : { describe }) },
    );
  }
}

/** What is sent of a relayed track to a client of its node. */
export function subscribe({ track }: { readonly track: unknown }): Subscriber {
  return openSubscriber(track as ReceivedTrack);
}

/** Which packets were sent, by what is in them. */
export function namesOf({ outlet }: Subscriber): string[] {
  return outlet.sent.map(({ payload }) => payload.toString("latin1", 20).replace(/\.+$/, ""));
}
