import { isIPv4 } from "node:net";
import { type IceOptions, type RTCIceServer, RTCPeerConnection, type TcpAcceptor, UdpTransport } from "werift";
import type { Logger } from "../../actors/logger.ts";
import type {
  IceServerSource,
  PeerEngine,
  PeerEngineEvent,
  PeerEngineFactory,
  PeerEngineOptions,
} from "../../actors/ports.ts";
import type { IceServer } from "../../protocol/ice_server.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { makeCodecs, makeHeaderExtensions } from "./codecs.ts";
import { datagramCalls } from "./datagram_calls.ts";
import { checkInterfaces, listHostAddresses } from "./host_addresses.ts";
import { Liveness } from "./liveness.ts";
import { MediaClock } from "./media_clock.ts";
import { NodeCertificate } from "./node_certificate.ts";
import { type RelayCandidates, serversForNode } from "./servers_for_node.ts";
import { checkPortUse, openSharedPort } from "./shared_port/open_shared_port.ts";
import type { SharedUdpPort } from "./shared_port/shared_udp_port.ts";
import { isTakenPort } from "./taken_port.ts";
import { urlsOf } from "./transport_reports.ts";
import { TurnFailureLog } from "./turn_failure_log.ts";
import { type UdpPortRange, UdpPorts } from "./udp_ports.ts";
import { WeriftEngine } from "./werift_engine.ts";

/** How long a description waits for its host candidates, in milliseconds: they need no more than a few sockets. Ours. */
const hostTimeoutMs = 1_000;

/** Where sockets are bound that hear at every address. */
const everyAddress = ["0.0.0.0", "::"];

/** What fits any path together with DTLS, UDP and IP (RFC 8831, 5): werift's own default. */
const sctpMtu = 1_191;

export interface WeriftEngineFactoryOptions {
  readonly announceIps: readonly string[];
  /** What the host candidates are gathered from; none: every address of the machine. */
  readonly interfaces: readonly string[];
  /** One port is shared by all peer connections; of several, each peer connection has its own. */
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
  readonly #turnFailures: TurnFailureLog | undefined;

  /** @throws {SignalboxError} `bad-config` for interfaces that this machine does not have, or when the one port of `udpPorts` cannot be had. */
  static async create(options: WeriftEngineFactoryOptions): Promise<WeriftEngineFactory> {
    const { udpPorts, interfaces, log } = options;
    checkInterfaces(interfaces);
    const certificate = await NodeCertificate.create({ now: Date.now, onFailure: options.onFailure });
    if (udpPorts === undefined || udpPorts.min < udpPorts.max) return new WeriftEngineFactory(options, certificate);
    const sharedPort = await openSharedPort(udpPorts.min, hostsOf(interfaces), log);
    const factory = new WeriftEngineFactory(options, certificate, sharedPort);
    try {
      await checkPortUse(factory.#connect({ servers: [], hosts: hostsOf(interfaces) }), sharedPort.port);
    } catch (error) {
      await factory.close();
      throw error;
    }
    return factory;
  }

  private constructor(options: WeriftEngineFactoryOptions, certificate: NodeCertificate, sharedPort?: SharedUdpPort) {
    const { udpPorts, interfaces, log } = options;
    this.#options = options;
    this.#turnFailures = log && new TurnFailureLog(log);
    this.#certificate = certificate;
    this.#liveness = new Liveness(options);
    this.#sharedPort = sharedPort;
    if (sharedPort === undefined && udpPorts !== undefined) {
      const addresses = () => (interfaces.length === 0 ? everyAddress : hostsOf(interfaces));
      const isTaken = (port: number) => isTakenPort(port, addresses(), datagramCalls ?? null);
      this.#udpPorts = new UdpPorts(udpPorts, hostsOf(interfaces).length || 1, isTaken);
    }
  }

  /** Ends what all share; whoever made engines has closed them. */
  async close(): Promise<void> {
    await this.#sharedPort?.close();
  }

  create(engineOptions: PeerEngineOptions): PeerEngine {
    const { announceIps, udpPorts, tcpPort, iceServers, relayCandidates, isIceLite } = this.#options;
    const { maxDataChannels, maxMediaSections, maxChannelBufferBytes } = this.#options;
    const hosts = hostsOf(this.#options.interfaces);
    const block = this.#udpPorts?.take();
    const isOutOfPorts = this.#udpPorts !== undefined && block === undefined;
    const issue = () => (isIceLite ? [] : iceServers.issue(engineOptions.peerId, { isForNode: true }).iceServers);
    const forNode = (servers: readonly IceServer[]) => serversForNode(servers, { relayCandidates, announceIps, hosts });
    const servers = issue();
    const report = (event: PeerEngineEvent): void => {
      if (event.type === "iceServer.failed") this.#turnFailures?.failed(event);
      engineOptions.report(event);
    };
    const told = { ...engineOptions, report };
    return new WeriftEngine(this.#connect({ servers: forNode(servers), hosts, block }), told, {
      announceIps,
      issueServers: () => forNode(issue()),
      iceServerUrls: urlsOf(servers),
      liveness: this.#liveness,
      clock: this.clock,
      maxDataChannels,
      maxMediaSections,
      maxChannelBufferBytes,
      hostCount: (hosts.length || 1) * (tcpPort === undefined ? 1 : 2),
      hostTimeoutMs,
      sharedPort: this.#sharedPort,
      refusal: isOutOfPorts && udpPorts !== undefined ? outOfPorts(udpPorts) : undefined,
      onClosed: () => block && this.#udpPorts?.giveBack(block),
    });
  }

  #connect({ servers, hosts, block }: ConnectOptions): RTCPeerConnection {
    const { tcpPort, maxMessageBytes, maxDataChannels, isIceLite } = this.#options;
    void this.#sharedPort?.keepOnly(hosts);
    return new RTCPeerConnection({
      codecs: makeCodecs(),
      headerExtensions: makeHeaderExtensions(),
      certificates: [this.#certificate.current],
      iceServers: servers,
      iceLite: isIceLite,
      icePortRange: block && [block.min, block.max],
      iceHostAddresses: [...hosts],
      iceUdpTransport: this.#udpTransport(block),
      iceUseTcp: tcpPort !== undefined,
      iceTcpAcceptor: tcpPort,
      bundlePolicy: "max-bundle",
      maxMessageSize: maxMessageBytes,
      sctp: { mtu: sctpMtu, maxRemoteChannels: maxDataChannels },
      // Our own time limits decide when a connection is lost.
      iceConsentTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /** What an agent sends by and hears by at an address; undefined for sockets of its own, which hear at every address. */
  #udpTransport(block: UdpPortRange | undefined): IceOptions["udpTransport"] {
    const sharedPort = this.#sharedPort;
    if (sharedPort !== undefined) return (address, agent) => sharedPort.join(address, agent);
    if (this.#options.interfaces.length === 0) return undefined;
    const portRange = block === undefined ? {} : { portRange: [block.min, block.max] as [number, number] };
    return (address) => {
      const interfaceAddresses = { udp4: address, udp6: address };
      return UdpTransport.init(isIPv4(address) ? "udp4" : "udp6", { ...portRange, interfaceAddresses });
    };
  }
}

interface ConnectOptions {
  readonly servers: RTCIceServer[];
  /** The addresses of this machine that host candidates are gathered for. */
  readonly hosts: readonly string[];
  /** Of ports that no other peer connection has. */
  readonly block?: UdpPortRange | undefined;
}

/** A machine without a network is reached by itself, over loopback. */
function hostsOf(interfaces: readonly string[]): string[] {
  const hosts = listHostAddresses(interfaces);
  return hosts.length === 0 && interfaces.length === 0 ? ["127.0.0.1"] : hosts;
}

function outOfPorts({ min, max }: UdpPortRange): SignalboxError {
  return new SignalboxError(
    "overloaded",
    `Cannot open a socket: no free one was found among the UDP ports ${min} to ${max}`,
  );
}
