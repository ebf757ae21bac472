import { onTestFinished } from "vitest";
import { type Alter, openAlteredClient } from "./altered_client.ts";
import type { WeriftClient, WeriftClientOptions } from "./werift_client.ts";

/** A client on werift in a room, of which what it says may be changed on the way; closed at the end of the test. */
export async function openTroubledClient(
  wsUrl: string,
  {
    alter = (message) => message,
    room = "atrium",
    ...options
  }: WeriftClientOptions & { alter?: Alter; room?: string } = {},
): Promise<WeriftClient & { readonly peer: string }> {
  const client = await openAlteredClient(wsUrl, alter, options);
  onTestFinished(() => client.close());
  client.socket.send({ type: "join", room });
  const { peer } = await client.socket.next("joined");
  return Object.assign(client, { peer: String(peer) });
}

/** Opens a channel of the room: the client is connected then. */
export async function connect(client: WeriftClient): Promise<void> {
  await client.openChannel("x", { protocol: "signalbox.room" });
}
