import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { parseIceUrl } from "../../../transport/ice/parsed_ice_url.ts";
import { openStunChannel } from "../../../transport/ice/stun_channel.ts";
import { askBinding, StunClient } from "../../../transport/ice/stun_client.ts";
import { freePort } from "../../kit/free_port.ts";
import { startStunResponder } from "../../kit/stun_responder.ts";

async function open(url: string, address: string): Promise<StunClient> {
  const server = parseIceUrl(url);
  if (server === undefined) throw new Error(`${url} is no URL`);
  const client = new StunClient(await openStunChannel(server, address));
  onTestFinished(() => client.close());
  return client;
}

test("[DOC10] a server that answers says where our packets come from", async () => {
  const port = await startStunResponder(() => ({ address: "203.0.113.7", port: 4_711 }));
  const client = await open(`stun:127.0.0.1:${port}`, "127.0.0.1");
  expect((await askBinding(client)).mapped).toEqual({ address: "203.0.113.7", port: 4_711 });
});

test("[DOC10] a port that is closed, an address without a way and a client that was closed are told by their codes", async () => {
  const closed = await open(`stun:127.0.0.1:${await freePort()}`, "127.0.0.1");
  await expect(askBinding(closed)).rejects.toMatchObject({ step: "binding", code: "ECONNREFUSED" });
  // No address of the network that broadcasts (RFC 919): the system refuses to connect to it.
  await expect(open("stun:255.255.255.255", "255.255.255.255")).rejects.toMatchObject({
    step: "connect",
    code: "EACCES",
  });
  const gone = await open(`stun:127.0.0.1:${await freePort()}`, "127.0.0.1");
  gone.close();
  await expect(askBinding(gone)).rejects.toMatchObject({ code: "closed" });
});

test("[DOC12] a stream may hold a message in parts, or end in the middle of one", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.end(Buffer.from("0101", "hex"))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { readonly port: number };
  const client = await open(`turn:127.0.0.1:${port}?transport=tcp`, "127.0.0.1");
  await expect(askBinding(client)).rejects.toMatchObject({ step: "binding", code: "ECONNRESET" });
});

test("[DOC12] URLs of RFC 7064 and 7065 are taken apart, ports and transports by default included", () => {
  const parts = (url: string) => {
    const { isTurn, host, port, transport } = parseIceUrl(url) ?? {};
    return [isTurn, host, port, transport];
  };
  expect(parts("stun:stun.example.org")).toEqual([false, "stun.example.org", 3478, "udp"]);
  expect(parts("TURN:[2001:db8::1]:99?transport=tcp")).toEqual([true, "2001:db8::1", 99, "tcp"]);
  expect(parts("turns:turn.example.org")).toEqual([true, "turn.example.org", 5349, "tls"]);
  expect(parts("turns:turn.example.org:443?transport=udp")).toEqual([true, "turn.example.org", 443, "dtls"]);
  expect(parseIceUrl("http://turn.example.org")).toBeUndefined();
});
