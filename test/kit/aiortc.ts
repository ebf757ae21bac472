import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Mailbox, type NextOptions } from "./mailbox.ts";
import { commandIn, type Place } from "./network/namespace.ts";
import { openSignallingSocket, type SignallingSocket } from "./signalling_socket.ts";
import { withDeadline } from "./with_deadline.ts";

/** What the Python side reports: `event` says what, the other fields depend on it (see `aiortc_client.py`). */
export interface AiortcEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What an {@link AiortcClient} runs. */
export interface AiortcOptions {
  /** Labels of the channels that the first offer opens. */
  readonly channels?: readonly string[];
  /** Send a tone of 440 Hz. */
  readonly audio?: boolean;
  /** Send a picture of 320 x 240 in one color. */
  readonly video?: boolean;
  /** Goes by the first TURN server of these alone. */
  readonly relays?: readonly { readonly urls: string; readonly username: string; readonly credential: string }[];
  /** The network that it runs in; its signalling goes by the test. */
  readonly place?: Place;
  /** Environment on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Python program (default: the kit's scripted client). */
  readonly script?: string;
  /** The interpreter that has aiortc (default `/usr/bin/python3`). */
  readonly python?: string;
}

/**
 * A real aiortc client: a Python process whose signalling this side carries to the node's WebSocket and back.
 *
 * Made by {@link startAiortcClient}; `close()` ends the process and the socket.
 */
export class AiortcClient {
  readonly socket: SignallingSocket;
  /** What the client saw. */
  readonly events = new Mailbox<AiortcEvent>("an event of the aiortc client");
  /** Resolves when the program said something for the first time, or ended: a cold interpreter takes seconds to start. */
  readonly started: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #stderr: string[] = [];

  constructor(socket: SignallingSocket, child: ChildProcess) {
    this.socket = socket;
    this.#child = child;
    this.#exited = once(child, "close").then(() => {
      this.events.close(`the aiortc client ended\n${this.#stderr.slice(-20).join("\n")}`);
    });
    const lines = child.stdout === null ? undefined : createInterface({ input: child.stdout });
    lines?.on("line", (line) => this.#onLine(line));
    this.started = Promise.race([this.#exited, ...(lines === undefined ? [] : [once(lines, "line")])]);
    if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => this.#stderr.push(line));
    child.stdin?.on("error", () => this.events.close("the aiortc client no longer listens"));
    void this.#carry();
  }

  /** Sends a command to the Python side: an object with `command`. */
  command(command: string, fields: object = {}): void {
    this.#write({ command, ...fields });
  }

  /** The next event of a name that also has these fields. */
  next(event: string, fields: object = {}, options: NextOptions = {}): Promise<AiortcEvent> {
    const wanted = Object.entries(fields);
    const matches = (seen: AiortcEvent) => seen.event === event && wanted.every(([key, value]) => seen[key] === value);
    const what = `the aiortc event "${event}" ${JSON.stringify(fields)}`;
    return this.events.next(matches, { what, ...options });
  }

  /** Ends the process and the socket. May be called twice. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    try {
      await withDeadline(this.#exited, { what: "the aiortc client to end", timeoutMs: 5_000 });
    } finally {
      this.#child.kill("SIGKILL");
      await this.socket.close();
    }
  }

  #onLine(line: string): void {
    const message = JSON.parse(line) as { readonly type?: string } | AiortcEvent;
    if ("event" in message) this.events.push(message as AiortcEvent);
    else if (this.socket.isOpen) this.socket.send(message);
  }

  #write(message: object): void {
    if (this.#child.stdin?.writable) this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #carry(): Promise<void> {
    const isAny = () => true;
    for (;;) {
      const message = await this.socket.messages.next(isAny, { timeoutMs: 3_600_000 }).catch(() => undefined);
      if (message === undefined) return;
      this.#write(message);
    }
  }
}

/** Opens a socket to a node and starts an aiortc client that offers on it. */
export async function startAiortcClient(wsUrl: string, options: AiortcOptions = {}): Promise<AiortcClient> {
  const { channels = [], audio = false, video = false, relays = [], python = "/usr/bin/python3" } = options;
  const script = options.script ?? fileURLToPath(new URL("./aiortc_client.py", import.meta.url));
  const socket = await openSignallingSocket(wsUrl);
  const args = ["-u", script, JSON.stringify({ channels, audio, video, relays })];
  const child = spawn(...commandIn(options.place, python, args), {
    env: { ...process.env, ...options.env },
  });
  const client = new AiortcClient(socket, child);
  await withDeadline(client.started, { what: "the aiortc client to start", timeoutMs: 25_000 });
  return client;
}
