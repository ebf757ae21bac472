import { readFileSync } from "node:fs";
import { describeMissingBinary } from "../edge/missing_binary.ts";
import { datagramCalls, datagramCallsFault } from "../media/datagram_calls.ts";
import { type Check, count, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";

/** Files that a node has open beside its clients. Ours: NATS, the log, pages, timers of the system. */
const ownFiles = 128;

/** What the node runs on. */
export function programChecks(context: DoctorContext): readonly Check[] {
  return [
    { group: "program", name: "Node", run: async () => checkNodeVersion(process.versions.node) },
    { group: "program", name: "uWebSockets.js", run: checkEngine },
    { group: "program", name: "system calls", run: async () => checkDatagramCalls() },
    { group: "program", name: "open files", run: async () => checkOpenFiles(readOpenFiles(), filesNeeded(context)) },
  ];
}

/** The one line of Node that the native parts and the sources are made for. */
export function checkNodeVersion(version: string): Outcome {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major === 22 && minor >= 18) return passed(version);
  return failed(
    `${version}, expected 22.18 or newer of the 22 line`,
    'Start the node with "npm start", which brings its own, or install Node 22.',
  );
}

async function checkEngine(): Promise<Outcome> {
  try {
    await import("../edge/edge.ts");
    return passed("loads");
  } catch (error) {
    const line = describeMissingBinary(error) ?? String(error);
    return failed(line, "Without it no node starts. Run npm ci again, on a system with glibc (Debian, not Alpine).");
  }
}

function checkDatagramCalls(): Outcome {
  if (datagramCalls !== undefined) return passed("many packets are sent by one system call");
  const why = datagramCallsFault === undefined ? `${process.platform} ${process.arch}` : String(datagramCallsFault);
  return warning(
    `packets are sent one by one, at twice the cost (${why})`,
    "The node works; on Linux on x64 or arm64 it carries more. Where it is Linux, run npm ci again, so that koffi is there.",
  );
}

/** The limit of this process, which a node that is started the same way has, too; undefined where the system does not say. */
function readOpenFiles(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/** A client has a socket, and a port for each address of the machine. */
function filesNeeded({ config, hosts }: DoctorContext): { readonly clients: number; readonly each: number } {
  return { clients: config.limits.maxSessions, each: 1 + Math.max(1, hosts.length) };
}

export function checkOpenFiles(
  limit: number | undefined,
  { clients, each }: { readonly clients: number; readonly each: number },
): Outcome {
  if (limit === undefined) return skipped("this system does not say how many files a process may open");
  const needed = clients * each + ownFiles;
  const facts = { limit, needed };
  if (limit >= needed) {
    return passed(
      `${count(limit, "file")}, ${needed.toLocaleString("en-US")} are needed for ${count(clients, "client")}`,
      facts,
    );
  }
  const enough = Math.max(0, Math.floor((limit - ownFiles) / each));
  return warning(
    `${count(limit, "file")} are enough for ${count(enough, "client")}, and --max-sessions lets ${clients.toLocaleString("en-US")} in`,
    `Raise the limit to ${needed}: LimitNOFILE=${needed} in the systemd unit, or ulimit -n ${needed} before the start; or lower --max-sessions.`,
    facts,
  );
}
