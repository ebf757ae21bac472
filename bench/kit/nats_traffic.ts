/** What a nats-server counts of the connections of its clients: messages and the bytes in them, from the clients and to them. */
export interface NatsTraffic {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Reads what the server whose monitoring listens on this port has counted so far. */
export async function readNatsTraffic(monitorPort: number): Promise<NatsTraffic> {
  const response = await fetch(`http://127.0.0.1:${monitorPort}/varz`);
  const counted = (await response.json()) as Readonly<
    Record<"in_msgs" | "out_msgs" | "in_bytes" | "out_bytes", number>
  >;
  return {
    messagesIn: counted.in_msgs,
    messagesOut: counted.out_msgs,
    bytesIn: counted.in_bytes,
    bytesOut: counted.out_bytes,
  };
}

/** What came between two looks. */
export function trafficBetween(before: NatsTraffic, after: NatsTraffic): NatsTraffic {
  return {
    messagesIn: after.messagesIn - before.messagesIn,
    messagesOut: after.messagesOut - before.messagesOut,
    bytesIn: after.bytesIn - before.bytesIn,
    bytesOut: after.bytesOut - before.bytesOut,
  };
}
