import { connect, createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openTcpPort } from "../../../transport/media/open_tcp_port.ts";
import { codeOfRejection } from "../../kit/code_of_rejection.ts";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free_port.ts";
import { endOf, openTcp } from "../../kit/ice_tcp_client.ts";

async function occupy(port: number): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
  return server;
}

test("[TCP32] the first port of a range that is free is taken, on every address of both families", async () => {
  const min = await freePort();
  await occupy(min);
  const port = await openTcpPort({ min, max: min + 20 });
  onTestFinished(() => port.close());
  expect(port.port).toBeGreaterThan(min);
  for (const host of ["127.0.0.1", "::1"]) {
    const socket = connect({ port: port.port, host });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.destroy();
  }
});

test("[TCP32] a port that is in use is refused in words that say what to do, and so is a range", async () => {
  const port = await freePort();
  await occupy(port);
  const refusalOf = (max: number) => openTcpPort({ min: port, max }).catch((error: Error) => error.message);
  expect(await codeOfRejection(openTcpPort({ min: port, max: port }))).toBe("bad-config");
  expect(await refusalOf(port)).toBe(
    `Cannot listen for media by TCP: port ${port} is in use by another program; choose another with --tcp-ports, or turn it off with --tcp-ports off`,
  );
});

test("[TCP32] without a range any free port is taken", async () => {
  const ports = await Promise.all([openTcpPort(), openTcpPort()]);
  onTestFinished(async () => void (await Promise.all(ports.map((port) => port.close()))));
  expect(new Set(ports.map(({ port }) => port)).size).toBe(2);
});

test("[TCP35] a port of one interface takes no connection at another one", async () => {
  const port = await openTcpPort(undefined, ["127.0.0.1"]);
  onTestFinished(() => port.close());
  const other = await openTcp(port.port, "::1");
  expect(await endOf(other)).toBe("ended");
  await openTcp(port.port);
  await eventually(() => port.counts.waiting === 1, { what: "the connection at the address" });
});
