import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { NatsBus } from "../../../transport/bus/nats_bus.ts";
import { codeOfRejection } from "../../kit/code_of_rejection.ts";
import { findFreePort, startNatsCluster, startNatsServer } from "../../kit/nats_server.ts";
import { startTcpProxy } from "../../kit/start_tcp_proxy.ts";
import { openNatsBus, untilLink } from "./open_nats_bus.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const waitMs = 30_000;

async function startServer(config = "") {
  let server = await startNatsServer({ config });
  onTestFinished(() => server.kill());
  return {
    url: server.url,
    get server() {
      return server;
    },
    async restart() {
      server = await server.restart();
    },
  };
}

/** Waits until `bus` gets an answer on `subject` again. */
async function untilAnswered(bus: NatsBus, subject: string): Promise<void> {
  const isAnswered = async () =>
    (await codeOfRejection(bus.request(subject, bytes("?"), { timeoutMs: 1_000 }))) === "nothing";
  await expect.poll(isAnswered, { timeout: waitMs, interval: 10 }).toBe(true);
}

test("[BU24] a bus waits for its first server, says why there is none and what to do, and is whole once it is there", async () => {
  const port = await findFreePort();
  const { bus, lines } = openNatsBus(`nats://127.0.0.1:${port}`);
  expect(bus.link).toEqual({ state: "connecting", reason: "not reached yet" });
  const got: string[] = [];
  bus.subscribe("x", (_payload, subject) => got.push(subject));
  expect(await lines.next()).toMatchObject({
    level: "warn",
    event: "bus not reached, trying on",
    fields: { reason: `127.0.0.1:${port}: connection refused`, attempts: 1, hint: expect.stringContaining("--nats") },
  });
  expect(bus.link).toEqual({ state: "connecting", reason: `127.0.0.1:${port}: connection refused` });
  bus.publish("x", bytes("lost"));
  expect(bus.counts).toMatchObject({ published: 0, dropped: 1 });
  expect(await codeOfRejection(bus.request("x", bytes("?"), { timeoutMs: 1_000 }))).toBe("bus-cut-off");
  expect(await codeOfRejection(bus.flush())).toBe("bus-cut-off");

  const server = await startNatsServer({ port });
  onTestFinished(() => server.kill());
  await untilLink(bus, "connected");
  const { bus: other } = openNatsBus(server.url);
  await untilLink(other, "connected");
  await bus.flush();
  other.publish("x", bytes("1"));
  await expect.poll(() => got, { timeout: waitMs }).toEqual(["x"]);
});

test("[BU24] a failure is logged at the 1st, 2nd, 4th ... attempt", async () => {
  const { lines } = openNatsBus(`nats://127.0.0.1:${await findFreePort()}`, {
    timeouts: { firstRetryMs: 1, maxRetryMs: 1, closeTimeoutMs: 1_000 },
  });
  await lines.next(({ fields }) => fields["attempts"] === 16, { timeoutMs: waitMs });
  expect(lines.seen.map(({ fields }) => fields["attempts"])).toEqual([1, 2, 4, 8, 16]);
});

test("[BU25] a bus whose server dies drops and counts, ends requests at once, and is whole when the server is back", async () => {
  const place = await startServer();
  const { bus: a, lines } = openNatsBus(place.url);
  const { bus: b } = openNatsBus(place.url);
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  b.subscribe("ask", (payload, _subject, reply) => b.respond(reply, payload));
  b.subscribe("silent", () => undefined);
  await untilAnswered(a, "ask");
  const links: string[] = [];
  a.watchLink(({ state }) => links.push(state));
  const pending = codeOfRejection(a.request("silent", bytes("?"), { timeoutMs: waitMs }));
  await a.flush();
  await place.server.kill();
  expect(await pending).toBe("bus-cut-off");
  expect(a.link.state).toBe("reconnecting");
  expect(await lines.next(({ event }) => event === "bus cut off")).toMatchObject({ level: "warn" });
  const { published } = a.counts;
  for (let index = 0; index < 1_000; index++) a.publish("x", bytes("lost"));
  expect(a.counts).toMatchObject({ published, dropped: 1_000 });
  // What is subscribed meanwhile counts, too.
  b.subscribe("ask.new", (payload, _subject, reply) => b.respond(reply, payload));

  await place.restart();
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  await untilAnswered(a, "ask");
  await untilAnswered(a, "ask.new");
  expect(links).toEqual(expect.arrayContaining(["reconnecting", "connected"]));
  expect(links.at(-1)).toBe("connected");
});

test("[BU25] a subscription that ended while the link was cut does not come back", async () => {
  const place = await startServer();
  const { bus: a } = openNatsBus(place.url);
  const { bus: b } = openNatsBus(place.url);
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  const subscription = b.subscribe("ask", (payload, _subject, reply) => b.respond(reply, payload));
  await untilAnswered(a, "ask");
  await place.server.kill();
  await untilLink(b, "reconnecting");
  subscription.unsubscribe();
  await place.restart();
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  await b.flush();
  expect(await codeOfRejection(a.request("ask", bytes("?"), { timeoutMs: waitMs }))).toBe("no-responders");
}, 60_000);

test("[BU26] when one of three servers dies, its nodes go on with the others, which they need not have been told of", async () => {
  const servers = await startNatsCluster(3);
  onTestFinished(async () => void (await Promise.all(servers.map((server) => server.kill()))));
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new Error("three were started");
  const { bus: a } = openNatsBus(first.url);
  const { bus: b } = openNatsBus(second.url);
  await Promise.all([untilLink(a, "connected"), untilLink(b, "connected")]);
  b.subscribe("ask", (payload, _subject, reply) => b.respond(reply, payload));
  await untilAnswered(a, "ask");
  await first.kill();
  await untilAnswered(a, "ask");
  expect([a.link.state, b.link.state]).toEqual(["connected", "connected"]);
}, 60_000);

test("[BU27] a server that falls silent is given up", async () => {
  const { url } = await startServer();
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.close());
  const { bus } = openNatsBus(proxy.wsUrl.replace("ws:", "nats:"));
  await untilLink(bus, "connected");
  proxy.freeze();
  await untilLink(bus, "reconnecting");
  expect(bus.link.reason).toBe("the server fell silent");
}, 60_000);

test("[BU27] a server that falls silent is given up although more waits to be written than it takes", async () => {
  const place = await startServer();
  const { bus } = openNatsBus(place.url, { maxUnconfirmedBytes: 64 * 1_048_576 });
  await untilLink(bus, "connected");
  place.server.process.kill("SIGSTOP");
  for (let index = 0; index < 40; index++) bus.publish("x", new Uint8Array(1_000_000));
  await untilLink(bus, "reconnecting");
  expect(bus.link.reason).toBe("the server fell silent");
  place.server.process.kill("SIGCONT");
  await untilLink(bus, "connected");
}, 60_000);

test("[BU28] no more than the bound is on its way to a server that does not read; the rest is dropped and counted", async () => {
  const place = await startServer();
  const { bus } = openNatsBus(place.url, { maxUnconfirmedBytes: 1_000_000 });
  await untilLink(bus, "connected");
  place.server.process.kill("SIGSTOP");
  for (let index = 0; index < 100; index++) bus.publish("x", new Uint8Array(50_000));
  expect(bus.counts.published).toBe(19);
  expect(bus.counts.dropped).toBe(81);
  expect(await codeOfRejection(bus.request("x", new Uint8Array(50_000), { timeoutMs: waitMs }))).toBe("bus-cut-off");
  place.server.process.kill("SIGCONT");
  await expect
    .poll(
      () => {
        bus.publish("x", new Uint8Array(50_000));
        return bus.counts.published;
      },
      { timeout: waitMs },
    )
    .toBeGreaterThan(30);
}, 60_000);

test("[BU28] a bus that the server cuts off as a slow consumer connects again", async () => {
  const { url, server } = await startServer('max_pending: 2MB\nwrite_deadline: "200ms"');
  const proxy = await startTcpProxy(url);
  onTestFinished(() => proxy.close());
  const { bus: slow } = openNatsBus(proxy.wsUrl.replace("ws:", "nats:"));
  const { bus: quick } = openNatsBus(url);
  await Promise.all([untilLink(slow, "connected"), untilLink(quick, "connected")]);
  let got = 0;
  slow.subscribe("x", () => got++);
  await slow.flush();
  // This process is the slow consumer: it publishes without ever coming to read.
  const flood = setInterval(() => {
    for (let index = 0; index < 10; index++) quick.publish("x", new Uint8Array(1_000_000));
    const end = performance.now() + 400;
    while (performance.now() < end);
  }, 1);
  onTestFinished(() => clearInterval(flood));
  await server.log.next((line) => line.includes("Slow Consumer"), { timeoutMs: waitMs });
  clearInterval(flood);
  await untilLink(slow, "connected");
  const before = got;
  await expect
    .poll(
      () => {
        quick.publish("x", bytes("1"));
        return got;
      },
      { timeout: waitMs },
    )
    .toBeGreaterThan(before);
}, 60_000);

test("[BU29] a bus closes while it dials, while it waits and while it is cut off, and is quiet then", async () => {
  const { bus: never, lines } = openNatsBus(`nats://127.0.0.1:${await findFreePort()}`);
  const { bus: early } = openNatsBus(`nats://127.0.0.1:${await findFreePort()}`);
  await early.close();
  expect(early.link).toEqual({ state: "closed", reason: "closed by the node" });
  await lines.next();
  await never.close();
  expect(never.link.state).toBe("closed");
  const place = await startServer();
  const { bus } = openNatsBus(place.url);
  await untilLink(bus, "connected");
  await place.server.kill();
  await untilLink(bus, "reconnecting");
  const closed = bus.close();
  await place.restart();
  await closed;
  expect(bus.link.state).toBe("closed");
}, 60_000);

test("[BU29] a bus on a server that does not read closes within closeTimeoutMs", async () => {
  const place = await startServer();
  const { bus } = openNatsBus(place.url, { timeouts: { firstRetryMs: 20, maxRetryMs: 200, closeTimeoutMs: 300 } });
  await untilLink(bus, "connected");
  place.server.process.kill("SIGSTOP");
  bus.publish("x", new Uint8Array(100_000));
  await bus.close();
  expect(bus.link.state).toBe("closed");
  place.server.process.kill("SIGCONT");
}, 60_000);

test("[BU32] an attempt that fails at a silent server leaves no connection behind", async () => {
  let open = 0;
  let all = 0;
  const silent = createServer((socket) => {
    all += 1;
    open += 1;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open -= 1;
    });
    socket.resume();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const { lines } = openNatsBus(`nats://127.0.0.1:${port}`);
  onTestFinished(() => void silent.close());
  expect(await lines.next(({ event }) => event === "bus not reached, trying on", { timeoutMs: waitMs })).toMatchObject({
    fields: { reason: expect.stringContaining("no answer") },
  });
  await expect.poll(() => all, { timeout: waitMs }).toBe(2);
  await expect.poll(() => open, { timeout: 2_000 }).toBe(1);
}, 60_000);
