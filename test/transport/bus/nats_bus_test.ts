import { afterAll, beforeAll, describe, expect } from "vitest";
import { type NatsServer, startNatsCluster, startNatsServer } from "../../kit/nats_server.ts";
import { testBusContract } from "./bus_contract.ts";
import { openNatsBus, untilLink } from "./open_nats_bus.ts";

describe("on one server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.kill());
  testBusContract("NatsBus", () => startMeeting(() => server.url));
});

describe("on a cluster of three", () => {
  let servers: NatsServer[];
  beforeAll(async () => {
    servers = await startNatsCluster(3);
  });
  afterAll(() => Promise.all(servers.map((server) => server.kill())));
  testBusContract("NatsBus", () => {
    let opened = 0;
    return startMeeting(() => servers[opened++ % servers.length]?.url ?? "");
  });
});

async function startMeeting(nextUrl: () => string) {
  const faults: unknown[] = [];
  return {
    faults,
    open: async () => {
      const { bus } = openNatsBus(nextUrl(), {
        log: {
          debug: ignore,
          info: ignore,
          warn: ignore,
          error: (_, fields) => faults.push(fields?.["error"]),
          child: (() => undefined) as never,
        },
      });
      await untilLink(bus, "connected");
      return bus;
    },
    stop: async () => expect(faults).toEqual([]),
  };
}

function ignore(): void {}
