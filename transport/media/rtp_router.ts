import type { ReceivedStream } from "./forwarding/received_stream.ts";
import type { ReceivedTrack } from "./forwarding/received_track.ts";
import type { RemoteSection } from "./remote_sections.ts";
import type { StreamIdentity } from "./rtp/received_extensions.ts";
import type { SectionParameters } from "./section_parameters.ts";
import type { SrtpReceiveStream } from "./srtp/srtp_receiver.ts";

/** A section that media comes in. */
export interface ReceivingSection {
  readonly remote: RemoteSection;
  readonly parameters: SectionParameters;
  readonly track: ReceivedTrack;
}

/** Where packets of one SSRC go. */
export interface Route {
  readonly section: ReceivingSection;
  /** Index of the track's layer. */
  readonly layer: number;
  /** Carries retransmissions of the stream of this SSRC's layer. */
  readonly isRepair: boolean;
  readonly stream: ReceivedStream;
  readonly srtp: SrtpReceiveStream;
}

/** Where a packet of an unknown SSRC belongs. */
export interface Place {
  readonly section: ReceivingSection;
  readonly layer: number;
  readonly isRepair: boolean;
}

/** SSRCs that gave way to others, until which new ones are taken; then not before the next negotiation. Ours. */
const maxRetired = 64;

/** Tells which section and layer a stream belongs to (RFC 8843, 9.2; RFC 8852): by what was signaled, or by what it carries. */
export class RtpRouter {
  readonly #routes = new Map<number, Route>();
  /** They do not come back: their packets would be known, and not be known to be. */
  readonly #retired = new Set<number>();
  #sections: readonly ReceivingSection[] = [];

  /** Replaces the sections; routes to sections that are there no more, or say otherwise of their SSRC, end. */
  setSections(sections: readonly ReceivingSection[]): void {
    this.#sections = sections;
    if (this.#retired.size >= maxRetired) this.#retired.clear();
    for (const [ssrc, route] of this.#routes) {
      const section = sections.find(({ track }) => track === route.section.track);
      if (section === undefined) this.#routes.delete(ssrc);
      else this.#routes.set(ssrc, { ...route, section });
    }
  }

  get routes(): Iterable<Route> {
    return this.#routes.values();
  }

  find(ssrc: number): Route | undefined {
    return this.#routes.get(ssrc);
  }

  /** Takes the place of the SSRC that had it before: a layer has one stream, and one that repairs it. */
  add(ssrc: number, route: Route): void {
    for (const [other, { section, layer, isRepair }] of this.#routes) {
      if (section.track === route.section.track && layer === route.layer && isRepair === route.isRepair) {
        this.#routes.delete(other);
        this.#retired.add(other);
      }
    }
    this.#routes.set(ssrc, route);
  }

  /** Where a packet of an unknown SSRC belongs; undefined for one that fits nowhere. */
  locate(ssrc: number, payloadType: number, identity: StreamIdentity): Place | undefined {
    if (this.#retired.has(ssrc) || this.#retired.size >= maxRetired) return undefined;
    for (const section of this.#sections) {
      for (const [first, repair] of section.remote.ssrcs) {
        if (section.track.layers.length > 0) continue;
        if (ssrc === first) return { section, layer: 0, isRepair: false };
        if (ssrc === repair) return { section, layer: 0, isRepair: true };
      }
    }
    const section = identity.mid === "" ? this.#findByPayloadType(payloadType) : this.#findByMid(identity.mid);
    if (section === undefined) return undefined;
    const isRepair = [...section.parameters.rtxPayloadTypes.values()].includes(payloadType);
    // A track keeps the layers that it began with, whatever a later offer says.
    const { layers } = section.track;
    if (layers.length === 0) return { section, layer: 0, isRepair };
    const layer = layers.indexOf(isRepair ? identity.repairedRid : identity.rid);
    return layer === -1 ? undefined : { section, layer, isRepair };
  }

  #findByMid(mid: string): ReceivingSection | undefined {
    return this.#sections.find(({ remote }) => remote.mid === mid);
  }

  /** Only where no other section uses the payload type too. */
  #findByPayloadType(payloadType: number): ReceivingSection | undefined {
    const [first, second] = this.#sections.filter(
      ({ parameters }) =>
        parameters.codecs.some((codec) => codec.payloadType === payloadType) ||
        [...parameters.rtxPayloadTypes.values()].includes(payloadType),
    );
    return second === undefined ? first : undefined;
  }
}
