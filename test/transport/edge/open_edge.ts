import { onTestFinished } from "vitest";
import type { SignallingListener, SignallingSocket } from "../../../actors/ports.ts";
import type { ClientMessage } from "../../../protocol/client_message.ts";
import { Edge, type EdgeOptions } from "../../../transport/edge/edge.ts";
import type { EdgeLimits } from "../../../transport/edge/edge_limits.ts";
import { Mailbox } from "../../kit/mailbox.ts";
import { limits } from "./default_limits.ts";
import { folderWith } from "./folder_with.ts";

/** What the listener of {@linkcode openEdge} was told. */
export type Told =
  | { readonly what: "opened"; readonly socket: SignallingSocket }
  | { readonly what: "received"; readonly socket: SignallingSocket; readonly message: ClientMessage }
  | { readonly what: "closed"; readonly socket: SignallingSocket; readonly code: number };

/** What a test changes. */
export interface OpenEdgeOptions extends Partial<Omit<EdgeOptions, "limits" | "listener">> {
  readonly limits?: Partial<EdgeLimits>;
  /** Called after the recording; may throw. */
  readonly listener?: Partial<SignallingListener>;
}

/** A listener on a free port of the loopback, closed at the end of the test. */
export async function openEdge(options: OpenEdgeOptions = {}) {
  const told = new Mailbox<Told>(
    "a call of the listener",
    ({ socket, ...rest }) => `${socket.id} ${JSON.stringify(rest)}`,
  );
  const faults = new Mailbox<{ error: unknown; doing: string }>("a fault", String);
  const { listener } = options;
  const edge = await Edge.listen({
    host: "127.0.0.1",
    port: 0,
    readiness: () => ({ status: "ready" }),
    onError: (error, { doing }) => faults.push({ error, doing }),
    pagesFolder: tinyPages,
    ...options,
    limits: { ...limits, ...options.limits },
    listener: {
      socketOpened(socket) {
        told.push({ what: "opened", socket });
        listener?.socketOpened?.(socket);
      },
      messageReceived(socket, message) {
        told.push({ what: "received", socket, message });
        listener?.messageReceived?.(socket, message);
      },
      socketClosed(socket, closing) {
        told.push({ what: "closed", socket, code: closing.code });
        listener?.socketClosed?.(socket, closing);
      },
    },
  });
  onTestFinished(() => edge.close());
  const next = async <W extends Told["what"]>(what: W) =>
    (await told.next((call) => call.what === what, { what: `the listener to be told "${what}"` })) as Extract<
      Told,
      { what: W }
    >;
  return { edge, told, faults, next, wsUrl: `${edge.url.replace(/^http/, "ws")}/ws` };
}

const tinyPages = folderWith({ "index.html": "<!doctype html><title>Signalbox</title>" });
