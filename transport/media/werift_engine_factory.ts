import { type RTCIceServer, RTCPeerConnection } from "werift";
import type { Logger } from "../../actors/logger.ts";
import type { IceServerSource, PeerEngine, PeerEngineFactory, PeerEngineOptions } from "../../actors/ports.ts";
import type { IceServer } from "../../protocol/ice_server.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { makeCodecs, makeHeaderExtensions } from "./codecs.ts";
import { listHostAddresses } from "./host_addresses.ts";
import { Liveness } from "./liveness.ts";
import { MediaClock } from "./media_clock.ts";
import { NodeCertificate } from "./node_certificate.ts";
import { checkPortUse, openSharedPort } from "./shared_port/open_shared_port.ts";
import type { SharedUdpPort } from "./shared_port/shared_udp_port.ts";
import { urlsOf } from "./transport_reports.ts";
import { type UdpPortRange, UdpPorts } from "./udp_ports.ts";
import { WeriftEngine } from "./werift_engine.ts";

/** How long a description waits for its host candidates, in milliseconds: they need no more than a few sockets. Ours. */
const hostTimeoutMs = 1_000;

/** What fits any path together with DTLS, UDP and IP (RFC 8831, 5): werift's own default. */
const sctpMtu = 1_191;

export interface WeriftEngineFactoryOptions {
  readonly announceIps: readonly string[];
  /** One port is shared by all peer connections; of several, each peer connection has its own. */
  readonly udpPorts?: UdpPortRange | undefined;
  readonly iceServers: IceServerSource;
  readonly silenceTimeoutMs: number;
  readonly maxDataChannels: number;
  readonly maxMediaSections: number;
  readonly maxMessageBytes: number;
  readonly maxChannelBufferBytes: number;
  readonly onFailure: (error: unknown) => void;
  readonly log?: Logger;
}

/** Makes werift's peer connections, all with one certificate and nothing contacted that was not configured. */
export class WeriftEngineFactory implements PeerEngineFactory {
  /** Of all that carries media on this node. */
  readonly clock = new MediaClock();
  readonly #options: WeriftEngineFactoryOptions;
  readonly #certificate: NodeCertificate;
  readonly #liveness: Liveness;
  readonly #udpPorts: UdpPorts | undefined;
  readonly #sharedPort: SharedUdpPort | undefined;

  /** @throws {SignalboxError} `bad-config` when the one port of `udpPorts` cannot be had. */
  static async create(options: WeriftEngineFactoryOptions): Promise<WeriftEngineFactory> {
    const certificate = await NodeCertificate.create({ now: Date.now, onFailure: options.onFailure });
    const { udpPorts, log } = options;
    if (udpPorts === undefined || udpPorts.min < udpPorts.max) return new WeriftEngineFactory(options, certificate);
    const sharedPort = await openSharedPort(udpPorts.min, addressesOf(listHostAddresses()), log);
    const factory = new WeriftEngineFactory(options, certificate, sharedPort);
    try {
      await checkPortUse(factory.#connect([], undefined), sharedPort.port);
    } catch (error) {
      await factory.close();
      throw error;
    }
    return factory;
  }

  private constructor(options: WeriftEngineFactoryOptions, certificate: NodeCertificate, sharedPort?: SharedUdpPort) {
    const { udpPorts, silenceTimeoutMs } = options;
    this.#options = options;
    this.#certificate = certificate;
    this.#liveness = new Liveness(silenceTimeoutMs);
    this.#sharedPort = sharedPort;
    if (sharedPort === undefined && udpPorts !== undefined) {
      this.#udpPorts = new UdpPorts(udpPorts, addressesOf(listHostAddresses()).length);
    }
  }

  /** Ends what all share; whoever made engines has closed them. */
  async close(): Promise<void> {
    await this.#sharedPort?.close();
  }

  create(engineOptions: PeerEngineOptions): PeerEngine {
    const { announceIps, udpPorts, iceServers, maxDataChannels, maxMediaSections, maxChannelBufferBytes } =
      this.#options;
    const block = this.#udpPorts?.take();
    const servers = iceServers.issue(engineOptions.peerId).iceServers;
    const isOutOfPorts = this.#udpPorts !== undefined && block === undefined;
    return new WeriftEngine(this.#connect(servers, block), engineOptions, {
      announceIps,
      iceServerUrls: urlsOf(servers),
      liveness: this.#liveness,
      clock: this.clock,
      maxDataChannels,
      maxMediaSections,
      maxChannelBufferBytes,
      hostCount: addressesOf(listHostAddresses()).length,
      hostTimeoutMs,
      sharedPort: this.#sharedPort,
      refusal: isOutOfPorts && udpPorts !== undefined ? outOfPorts(udpPorts) : undefined,
      onClosed: () => block && this.#udpPorts?.giveBack(block),
    });
  }

  #connect(servers: readonly IceServer[], block: UdpPortRange | undefined): RTCPeerConnection {
    const { maxMessageBytes, maxDataChannels } = this.#options;
    const sharedPort = this.#sharedPort;
    const hosts = listHostAddresses();
    void sharedPort?.keepOnly(addressesOf(hosts));
    return new RTCPeerConnection({
      codecs: makeCodecs(),
      headerExtensions: makeHeaderExtensions(),
      certificates: [this.#certificate.current],
      iceServers: flattenServers(servers),
      icePortRange: block && [block.min, block.max],
      iceUdpTransport: sharedPort && ((address, agent) => sharedPort.join(address, agent)),
      iceAdditionalHostAddresses: hosts.length === 0 ? addressesOf(hosts) : undefined,
      bundlePolicy: "max-bundle",
      maxMessageSize: maxMessageBytes,
      sctp: { mtu: sctpMtu, maxRemoteChannels: maxDataChannels },
      // Our own time limits decide when a connection is lost.
      iceConsentTimeout: Number.POSITIVE_INFINITY,
    });
  }
}

/** A machine without a network is reached by itself, over loopback. */
function addressesOf(hosts: string[]): string[] {
  return hosts.length === 0 ? ["127.0.0.1"] : hosts;
}

function outOfPorts({ min, max }: UdpPortRange): SignalboxError {
  return new SignalboxError("overloaded", `Cannot open a socket: the UDP ports ${min} to ${max} are all in use`);
}

/** werift takes one URL for each server. */
function flattenServers(servers: readonly IceServer[]): RTCIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    [urls].flat().map((url) => ({
      urls: url,
      ...(username === undefined ? {} : { username }),
      ...(credential === undefined ? {} : { credential }),
    })),
  );
}
