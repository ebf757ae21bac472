import { fileURLToPath } from "node:url";
import { startJanus } from "./forwarding_janus.ts";
import { JanusRoom } from "./forwarding_janus_room.ts";
import { ForwardingProcess } from "./forwarding_process.ts";
import type { ForwardingRoom } from "./forwarding_room.ts";
import { SignalboxRoom } from "./forwarding_signalbox_room.ts";
import { WeriftRoom } from "./forwarding_werift_room.ts";

/** What is measured side by side. */
export const systems = ["signalbox", "janus", "werift"] as const;
export type System = (typeof systems)[number];

/** How a system's server is started. */
export interface ServerOptions {
  readonly isReal: boolean;
  /** Flags of a Signalbox node. */
  readonly flags?: readonly string[];
  /** Flags of Node's own, for the systems that run on it. */
  readonly nodeFlags?: readonly string[];
  /** Whether it keeps to its core (the default); a profiler samples from a thread that would have to wait for it. */
  readonly isPinned?: boolean;
}

/** Starts the server of a system, on its core, and says where it listens. Whoever started it stops it. */
export async function startServer(
  system: System,
  { isReal, flags = [], nodeFlags = [], isPinned = true }: ServerOptions,
): Promise<{ server: ForwardingProcess; url: string }> {
  if (system === "janus") return await startJanus();
  const args = {
    werift: ["forwarding_werift_server.ts", ...(isReal ? ["--real"] : [])],
    signalbox: ["../../main.ts", "--port", "0", ...flags],
  };
  const [file = "", ...fileArgs] = args[system];
  const path = fileURLToPath(new URL(file, import.meta.url));
  const ready = /listening on http(:\/\/\S+)$/;
  const server = await ForwardingProcess.start({
    role: isPinned ? "server" : undefined,
    command: [process.execPath, ...nodeFlags, path, ...fileArgs],
    ready,
  });
  return { server, url: `ws${server.match[1]}/ws` };
}

/** Opens a system's room from the client's side. */
export async function openRoom(system: System, url: string): Promise<ForwardingRoom> {
  if (system === "janus") return await JanusRoom.open(url);
  return system === "werift" ? new WeriftRoom(url) : new SignalboxRoom(url);
}
