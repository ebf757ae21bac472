import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AiortcClient, type AiortcEvent } from "./aiortc.ts";
import { openSignallingSocket } from "./signalling_socket.ts";
import { withDeadline } from "./with_deadline.ts";

/** Who somebody on aiortc is: a picture of one color, 320 x 240, and a tone. */
export interface RoomAiortcOptions {
  readonly room: string;
  readonly name: string;
  readonly yuv: readonly [number, number, number];
  /** Hertz. */
  readonly tone?: number;
}

/**
 * Somebody in a room on aiortc: a Python process that joins, publishes a camera and a microphone, and says what comes of whom.
 *
 * Made by {@link openRoomAiortc}; `close()` ends the process and the socket.
 */
export class RoomAiortc {
  readonly client: AiortcClient;
  /** Its id in the room. */
  readonly id: string;

  constructor(client: AiortcClient, id: string) {
    this.client = client;
    this.id = id;
  }

  /** Waits until it sees so many pictures of somebody, and says how large the last one is and in which color. */
  async sees(peer: string, frames: number): Promise<{ readonly width: number; readonly yuv: readonly number[] }> {
    const isSeen = (event: AiortcEvent) =>
      event.event === "video" && event["peer"] === peer && Number(event["frames"]) >= frames;
    const what = `${frames} pictures of ${peer} in the aiortc client`;
    const { width, yuv } = await this.client.events.next(isSeen, { what, timeoutMs: 15_000 });
    return { width: Number(width), yuv: yuv as number[] };
  }

  /** Waits until it hears somebody. */
  async hears(peer: string): Promise<void> {
    const isLoud = (event: AiortcEvent) =>
      event.event === "audio" && event["peer"] === peer && Number(event["rms"]) > 100;
    await this.client.events.next(isLoud, { what: `sound of ${peer} in the aiortc client`, timeoutMs: 15_000 });
  }

  /** Ends the process and the socket. */
  close(): Promise<void> {
    return this.client.close();
  }
}

/** Starts an aiortc client that joins a room and publishes its camera and microphone. */
export async function openRoomAiortc(wsUrl: string, options: RoomAiortcOptions): Promise<RoomAiortc> {
  const script = fileURLToPath(new URL("./room_aiortc_client.py", import.meta.url));
  const socket = await openSignallingSocket(wsUrl);
  const child = spawn("/usr/bin/python3", ["-u", script, JSON.stringify({ tone: 440, ...options })]);
  const client = new AiortcClient(socket, child);
  await withDeadline(client.started, { what: "the aiortc client to start", timeoutMs: 25_000 });
  const { peer } = await client.next("joined");
  return new RoomAiortc(client, String(peer));
}
