import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { pickPort } from "./pick_port.ts";

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use by another program; choose another with --port",
  EACCES: "this user may not use the port; choose another with --port, 1024 or higher",
  EADDRNOTAVAIL: "this machine has no such address; choose another with --host",
  ENOTFOUND: "the name has no address; choose another with --host",
  EAI_AGAIN: "the name cannot be looked up; choose another with --host",
};

/** Why nobody can listen there. The engine says only that it cannot, so Node tries the same and is asked. */
export async function listenFailure(host: string, port: number): Promise<SignalboxError> {
  const error = await pickPort(host, port).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
  return describeListenFailure({ host, port, code: error?.code ?? error?.message ?? "unknown" });
}

/** The same in words of ours; `code` is the operating system's. */
export function describeListenFailure(of: { host: string; port: number; code: string }): SignalboxError {
  const { host, port, code } = of;
  const why = reasons[code] ?? `the operating system refuses (${code})`;
  return new SignalboxError("bad-config", `Cannot listen on ${authorityOf(host, port)}: ${why}`, { details: { code } });
}

/** Host and port as a URL writes them: an IPv6 address in brackets (RFC 3986, 3.2.2). */
export function authorityOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
