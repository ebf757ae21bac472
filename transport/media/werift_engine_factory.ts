import { RTCPeerConnection, type TcpAcceptor } from "werift";
import type { IceServerSource, PeerEngine, PeerEngineFactory, PeerEngineOptions } from "../../actors/ports.ts";
import type { IceServer } from "../../protocol/ice_server.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { makeCodecs, makeHeaderExtensions } from "./codecs.ts";
import { checkInterfaces, listHostAddresses } from "./host_addresses.ts";
import { Liveness } from "./liveness.ts";
import { MediaClock } from "./media_clock.ts";
import { NodeCertificate } from "./node_certificate.ts";
import { type RelayCandidates, serversForNode } from "./servers_for_node.ts";
import { urlsOf } from "./transport_reports.ts";
import { type UdpPortRange, UdpPorts } from "./udp_ports.ts";
import { WeriftEngine } from "./werift_engine.ts";

/** How long a description waits for its host candidates, in milliseconds: they need no more than a few sockets. Ours. */
const hostTimeoutMs = 1_000;

/** What fits any path together with DTLS, UDP and IP (RFC 8831, 5): werift's own default. */
const sctpMtu = 1_191;

export interface WeriftEngineFactoryOptions {
  readonly announceIps: readonly string[];
  /** What the host candidates are gathered from; none: every address of the machine. */
  readonly interfaces: readonly string[];
  readonly udpPorts?: UdpPortRange | undefined;
  /** Without one no client connects by TCP. Whoever opened it closes it. */
  readonly tcpPort?: TcpAcceptor | undefined;
  readonly iceServers: IceServerSource;
  /** Never checks, and has host candidates alone (RFC 8445, 2.5): servers are for clients then. */
  readonly isIceLite: boolean;
  readonly relayCandidates: RelayCandidates;
  readonly silenceTimeoutMs: number;
  readonly consentTimeoutMs: number;
  readonly maxDataChannels: number;
  readonly maxMediaSections: number;
  readonly maxMessageBytes: number;
  readonly maxChannelBufferBytes: number;
  readonly onFailure: (error: unknown) => void;
}

/** Makes werift's peer connections, all with one certificate and nothing contacted that was not configured. */
export class WeriftEngineFactory implements PeerEngineFactory {
  /** Of all that carries media on this node. */
  readonly clock = new MediaClock();
  readonly #options: WeriftEngineFactoryOptions;
  readonly #certificate: NodeCertificate;
  readonly #liveness: Liveness;
  readonly #udpPorts: UdpPorts | undefined;

  /** @throws {SignalboxError} `bad-config` for interfaces that this machine does not have. */
  static async create(options: WeriftEngineFactoryOptions): Promise<WeriftEngineFactory> {
    checkInterfaces(options.interfaces);
    const certificate = await NodeCertificate.create({ now: Date.now, onFailure: options.onFailure });
    return new WeriftEngineFactory(options, certificate);
  }

  private constructor(options: WeriftEngineFactoryOptions, certificate: NodeCertificate) {
    this.#options = options;
    this.#certificate = certificate;
    this.#liveness = new Liveness(options);
    this.#udpPorts =
      options.udpPorts && new UdpPorts(options.udpPorts, listHostAddresses(options.interfaces).length || 1);
  }

  create(engineOptions: PeerEngineOptions): PeerEngine {
    const { announceIps, udpPorts, tcpPort, iceServers, maxMessageBytes, maxDataChannels, maxChannelBufferBytes } =
      this.#options;
    const { interfaces, isIceLite } = this.#options;
    const hosts = listHostAddresses(interfaces);
    const block = this.#udpPorts?.take();
    // A machine without a network is reached by itself, over loopback.
    if (hosts.length === 0 && interfaces.length === 0) hosts.push("127.0.0.1");
    const issue = () => (isIceLite ? [] : iceServers.issue(engineOptions.peerId, { isForNode: true }).iceServers);
    const forNode = (servers: readonly IceServer[]) =>
      serversForNode(servers, { relayCandidates: this.#options.relayCandidates, announceIps, hosts });
    const servers = issue();
    const connection = new RTCPeerConnection({
      codecs: makeCodecs(),
      headerExtensions: makeHeaderExtensions(),
      certificates: [this.#certificate.current],
      iceServers: forNode(servers),
      iceLite: isIceLite,
      icePortRange: block && [block.min, block.max],
      iceHostAddresses: hosts,
      iceUseTcp: tcpPort !== undefined,
      iceTcpAcceptor: tcpPort,
      bundlePolicy: "max-bundle",
      maxMessageSize: maxMessageBytes,
      sctp: { mtu: sctpMtu, maxRemoteChannels: maxDataChannels },
      // Our own time limits decide when a connection is lost.
      iceConsentTimeout: Number.POSITIVE_INFINITY,
    });
    return new WeriftEngine(connection, engineOptions, {
      announceIps,
      issueServers: () => forNode(issue()),
      iceServerUrls: urlsOf(servers),
      liveness: this.#liveness,
      clock: this.clock,
      maxDataChannels,
      maxMediaSections: this.#options.maxMediaSections,
      maxChannelBufferBytes,
      hostCount: (hosts.length || 1) * (tcpPort === undefined ? 1 : 2),
      hostTimeoutMs,
      refusal: block === undefined && udpPorts !== undefined ? outOfPorts(udpPorts) : undefined,
      onClosed: () => block && this.#udpPorts?.giveBack(block),
    });
  }
}

function outOfPorts({ min, max }: UdpPortRange): SignalboxError {
  return new SignalboxError("overloaded", `Cannot open a socket: the UDP ports ${min} to ${max} are all in use`);
}
