import { createSocket } from "node:dgram";
import { once } from "node:events";

// Tells what a network does to UDP: `serve <port>` answers each datagram with the address it came from, once from the port that was asked
// and once from the next one; `ask <address>...` asks on one socket and prints which answers came, in JSON.

const [command, ...args] = process.argv.slice(2);

async function bind(port: number) {
  const socket = createSocket("udp4").bind(port);
  await once(socket, "listening");
  return socket;
}

async function serve(port: number): Promise<void> {
  const [asked, other] = [await bind(port), await bind(port + 1)];
  asked.on("message", (_data, { address, port: from }) => {
    for (const socket of [asked, other]) socket.send(`${address}:${from}`, from, address);
  });
  process.stdout.write("serving\n");
}

/** How long it waits for an answer that may never come; between namespaces of one machine they take less than a millisecond. */
const silenceMs = 400;

async function ask(addresses: readonly string[]): Promise<void> {
  const socket = await bind(0);
  const answers: { readonly by: string; readonly seen: string }[] = [];
  socket.on("message", (data, { address, port }) => answers.push({ by: `${address}:${port}`, seen: String(data) }));
  for (const address of addresses) {
    const [host, port] = address.split(":");
    socket.send("?", Number(port), host);
  }
  await new Promise((resolve) => setTimeout(resolve, silenceMs));
  process.stdout.write(JSON.stringify({ port: socket.address().port, answers }));
  socket.close();
}

await (command === "serve" ? serve(Number(args[0])) : ask(args));
