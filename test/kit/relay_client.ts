import { onTestFinished } from "vitest";
import { openWeriftClient, type WeriftClient, type WeriftClientOptions } from "./werift_client.ts";

/**
 * A client on werift that the node reaches by the node's relay alone, as one behind a firewall that knows the TURN server: it checks
 * no other address of the node and answers no check from one. Closed at the end of the test.
 */
export async function openRelayedClient(
  wsUrl: string,
  config: WeriftClientOptions["config"] = {},
): Promise<WeriftClient> {
  const relayPorts = new Set<number>();
  const client = await openWeriftClient(wsUrl, {
    config: {
      ...config,
      iceFilterCandidatePair: ({ remoteCandidate }) => {
        if (remoteCandidate.type === "relay") relayPorts.add(remoteCandidate.port);
        return remoteCandidate.type === "relay";
      },
      iceFilterStunResponse: (_message, [, port]) => relayPorts.has(port),
    },
  });
  onTestFinished(() => client.close());
  return client;
}
