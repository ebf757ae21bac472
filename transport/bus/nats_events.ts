import { DebugEvents, Events, type NatsConnection } from "nats";

/** What is told of one connection. */
export interface NatsEvents {
  /** The cluster has other servers than before. */
  serversChanged(): void;
  /** The server's permissions do not allow this, told once for each subject; a subscription is then none. */
  refused(operation: string, subject: string): void;
  /** Anything else that the server complains of. */
  failed(what: string): void;
  /** It is gone, or as good as. May be told twice. */
  lost(reason: string): void;
}

/** Longest list of what was told already. Ours. */
const maxRefusals = 100;

/** Tells of a connection until it ends. */
export function watchConnection(connection: NatsConnection, events: NatsEvents): void {
  void connection.closed().then((error) => {
    // A turn later: what it said before it closed is still being read.
    setImmediate(() => events.lost(error instanceof Error ? error.message : "the server closed it"));
  });
  void readStatus(connection, events);
}

async function readStatus(connection: NatsConnection, events: NatsEvents): Promise<void> {
  const refusals = new Set<string>();
  for await (const { type, data, permissionContext } of connection.status()) {
    if (type === Events.Update) events.serversChanged();
    // The client then waits until its last bytes are written, which may be never.
    if (type === DebugEvents.StaleConnection) events.lost("the server fell silent");
    if (type === Events.Error && permissionContext === undefined) events.failed(String(data));
    if (type === Events.Error && permissionContext !== undefined) {
      const { operation, subject } = permissionContext;
      const refusal = `${operation} ${subject}`;
      if (refusals.has(refusal) || refusals.size >= maxRefusals) continue;
      refusals.add(refusal);
      events.refused(operation, subject);
    }
  }
}
