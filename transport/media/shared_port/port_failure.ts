import { SignalboxError } from "../../../protocol/signalbox_error.ts";

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use by another program; choose another with --udp-ports",
  EACCES: "this user may not use it; choose another with --udp-ports, 1024 or higher",
};

/** Why a port that all are to share cannot be opened, in words of ours; `code` is the operating system's. */
export function describePortFailure(of: { address: string; port: number; code: string }): SignalboxError {
  const { address, port, code } = of;
  const why = reasons[code] ?? `the operating system refuses (${code})`;
  return new SignalboxError("bad-config", `Cannot open the UDP port ${port} of ${address}: ${why}`, {
    details: { code },
  });
}
