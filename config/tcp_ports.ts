import Type from "typebox";
import { define, type PortRange, type Setting, type SettingOptions } from "./setting.ts";

/** The ports for media by TCP, or `off` for none. */
export type TcpPorts = PortRange | "off";

/** One port, a range of them, or `off`. */
function tcpPorts(options: SettingOptions<TcpPorts | undefined>): Setting<TcpPorts | undefined> {
  return define<TcpPorts | undefined, string | number>(options, {
    placeholder: "port|from-to|off",
    expected: "a port from 1 to 65535, two with the smaller first, as 50000-50003, or off",
    schema: Type.Union([Type.String({ maxLength: 64 }), Type.Number()]),
    parseText: (text) => text,
    convert: (value) => {
      const text = String(value).trim();
      if (text === "off") return "off";
      const [, min, max = min] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)?.map((part) => part && Number(part)) ?? [];
      if (typeof min !== "number" || typeof max !== "number") return undefined;
      return min >= 1 && min <= max && max <= 65_535 ? { min, max } : undefined;
    },
  });
}

/** Where media comes by TCP. */
export const tcpSettings = {
  tcpPorts: tcpPorts({
    meaning:
      "The TCP port for media of clients that no UDP gets through to (ICE-TCP): a node listens on the first of them that is free, so give one for each worker process.",
    default: undefined,
    defaultText: "the first of `--udp-ports`; without those any free port",
  }),
};

/** What the port for media by TCP depends on. */
export interface TcpNeeds {
  readonly tcpPorts?: TcpPorts | undefined;
  readonly udpPorts?: PortRange | undefined;
  /** Of the signalling, which is TCP too. */
  readonly port: number;
}

/** Which ports a node may listen on for media by TCP. */
export interface TcpChoice {
  /** Without one, any that is free. */
  readonly range?: PortRange;
  /** Somebody asked for it, and wants no start without it. */
  readonly isAskedFor: boolean;
}

/** Without `--tcp-ports` it is the first of `--udp-ports`, which a firewall has a rule for, or any; undefined for none at all. */
export function chooseTcpPorts({ tcpPorts, udpPorts, port }: TcpNeeds): TcpChoice | undefined {
  if (tcpPorts === "off") return undefined;
  if (tcpPorts !== undefined) return { range: tcpPorts, isAskedFor: true };
  if (udpPorts === undefined) return { isAskedFor: false };
  const first = udpPorts.min === port ? port + 1 : udpPorts.min;
  return first > udpPorts.max ? undefined : { range: { min: first, max: first }, isAskedFor: false };
}

/** @throws what `refuse` makes of why they cannot be used */
export function checkTcpPorts(
  { tcpPorts, port, workers }: TcpNeeds & { readonly workers: number },
  refuse: (why: string) => Error,
): void {
  if (tcpPorts === undefined || tcpPorts === "off") return;
  const { min, max } = tcpPorts;
  if (min <= port && port <= max) throw refuse(`expected ports without ${port}, which --port has for the signalling`);
  if (max - min + 1 < workers) throw refuse(`expected at least one for each of the ${workers} workers`);
}
