import { SignallingSocket } from "./signalling_socket.ts";
import { WeriftClient, type WeriftClientOptions } from "./werift_client.ts";

/** A message as a client means to send it. */
export type SentMessage = Readonly<Record<string, unknown>> & { readonly type: string };

/** What becomes of a message on its way: another one, or undefined for one that is never sent. */
export type Alter = (message: SentMessage) => object | undefined;

/** A socket whose messages are changed or lost on their way to the node. */
class AlteredSocket extends SignallingSocket {
  readonly #alter: Alter;

  constructor(socket: WebSocket, alter: Alter) {
    super(socket);
    this.#alter = alter;
  }

  override send(message: object | string | Uint8Array<ArrayBuffer>): void {
    if (typeof message === "string" || message instanceof Uint8Array) super.send(message);
    else {
      const altered = this.#alter(message as SentMessage);
      if (altered !== undefined) super.send(altered);
    }
  }
}

/** A client on werift that does something wrong: what it says is changed on the way. Whoever opens it closes it. */
export async function openAlteredClient(
  wsUrl: string,
  alter: Alter,
  options: WeriftClientOptions = {},
): Promise<WeriftClient> {
  const socket = new WebSocket(wsUrl);
  const altered = new AlteredSocket(socket, alter);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`Cannot open ${wsUrl}: refused`)), { once: true });
  });
  return new WeriftClient(altered, options);
}

/** Has a client hide its addresses behind names that nobody can look up, as browsers do (RFC 8828). */
export function hidingAddresses(message: SentMessage): object {
  if (message.type === "offer") return { ...message, sdp: hidden(String(message["sdp"])) };
  if (message.type !== "candidate" || message["candidate"] === null) return message;
  const { candidate, ...others } = message["candidate"] as { readonly candidate: string };
  return { ...message, candidate: { ...others, candidate: hidden(candidate) } };
}

function hidden(text: string): string {
  return text.replace(/(candidate:\S+ \d+ \S+ \d+ )\S+/g, "$10f8c21a4-7a3c-4a1e-b6d5-0c1a2b3c4d5e.local");
}
