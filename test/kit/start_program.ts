import { expect, onTestFinished } from "vitest";
import { type Application, type Logger, readConfig, startNode } from "../../mod.ts";
import "./quiet_xstate.ts";
import { openSignallingSocket, type SignallingSocket } from "./signalling_socket.ts";
import { openWeriftClient, type WeriftClient, type WeriftClientOptions } from "./werift_client.ts";

/**
 * Starts a node inside of this process, as a program has one; it ends with the test, which fails when the node logged a warning or
 * an error that `faults` does not hold any more then.
 */
export async function startProgram(application: Application = {}, flags: readonly string[] = []) {
  const faults: string[] = [];
  const log: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (event) => faults.push(event),
    error: (event, fields) => faults.push(`${event}: ${fields?.["error"]}`),
    child: () => log,
  };
  const config = readConfig({ argv: ["--port", "0", ...flags], env: {}, cwd: "/nonexistent" });
  const node = await startNode(application, { config, log });
  onTestFinished(async () => {
    await node.stop();
    expect(faults).toEqual([]);
  });
  const wsUrl = `${node.url.replace("http", "ws")}/ws`;
  return {
    node,
    wsUrl,
    faults,
    /** A client on werift, closed at the end of the test. */
    async openClient(options: WeriftClientOptions = {}): Promise<WeriftClient> {
      const client = await openWeriftClient(wsUrl, options);
      onTestFinished(() => client.close());
      return client;
    },
    /** A bare socket, closed at the end of the test. */
    async openSocket(): Promise<SignallingSocket> {
      const socket = await openSignallingSocket(wsUrl);
      onTestFinished(() => socket.close());
      return socket;
    },
  };
}
