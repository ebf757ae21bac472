import type { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { Logger } from "../../actors/logger.ts";
import type { Config } from "../../config.ts";
import { type IceSources, openIceSources } from "../ice/open_ice_sources.ts";
import { openMediaTcp } from "./open_media_tcp.ts";
import type { TcpPort } from "./tcp_port.ts";
import { WeriftEngineFactory } from "./werift_engine_factory.ts";

/** What a node carries media with. */
export interface Media {
  readonly iceServers: IceSources;
  readonly tcpPort: TcpPort | undefined;
  readonly engines: WeriftEngineFactory;
  /** Ends all of it; whoever made engines has closed them. */
  close(): Promise<void>;
}

/**
 * Opens the ports for media of a node, and begins to fetch ICE servers. Whoever opens it closes it.
 *
 * @throws {SignalboxError} `bad-config` for what cannot be had; nothing of the rest is left open then
 */
export async function openMedia(config: Config, log: Logger, recorder: FlightRecorder): Promise<Media> {
  const { limits, timeouts } = config;
  const iceServers = openIceSources(config.iceServers, { log, recorder, now: Date.now });
  let tcpPort: TcpPort | undefined;
  try {
    tcpPort = await openMediaTcp(config, log);
    const engines = await WeriftEngineFactory.create({
      announceIps: config.announceIps,
      relayCandidates: config.relayCandidates,
      udpPorts: config.udpPorts,
      tcpPort,
      iceServers,
      interfaces: config.interfaces,
      isIceLite: config.isIceLite,
      silenceTimeoutMs: timeouts.silenceTimeoutMs,
      consentTimeoutMs: timeouts.consentTimeoutMs,
      maxDataChannels: limits.maxDataChannels,
      maxMediaSections: limits.maxMediaSections,
      maxMessageBytes: limits.maxMessageBytes,
      maxChannelBufferBytes: limits.maxChannelBufferBytes,
      onFailure: (error) => log.error("certificate not renewed", { error }),
      log,
    });
    const close = async (): Promise<void> => {
      iceServers.stop();
      await Promise.all([tcpPort?.close(), engines.close()]);
    };
    return { iceServers, tcpPort, engines, close };
  } catch (error) {
    iceServers.stop();
    await tcpPort?.close();
    throw error;
  }
}
