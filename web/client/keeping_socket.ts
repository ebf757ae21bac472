import type { ClientError } from "./client_error.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import type { Platform } from "./platform.ts";
import { type OpenOptions, SignalingSocket } from "./signaling_socket.ts";

/** An open socket, and what has it tell what came since, and all that comes from then on. */
export type KeepingSocket = readonly [SignalingSocket, flush: () => void];

export interface KeepingSocketOptions extends Omit<OpenOptions, "listener"> {
  received(socket: SignalingSocket, message: IncomingMessage): void;
  lost(socket: SignalingSocket, error: ClientError): void;
}

/** Opens a socket that keeps what comes until it is flushed: what follows `joined` must not overtake it. */
export async function openKeepingSocket(
  url: string,
  platform: Platform,
  options: KeepingSocketOptions,
): Promise<KeepingSocket> {
  let kept: IncomingMessage[] | undefined = [];
  const socket = await SignalingSocket.open(url, platform, {
    ...options,
    listener: {
      received: (message) => (kept === undefined ? options.received(socket, message) : void kept.push(message)),
      lost: (error) => options.lost(socket, error),
    },
  });
  const flush = () => {
    const messages = kept ?? [];
    kept = undefined;
    for (const message of messages) options.received(socket, message);
  };
  return [socket, flush];
}
