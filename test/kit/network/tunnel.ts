import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../with_deadline.ts";
import { commandIn, type Place } from "./namespace.ts";

/** A port of this machine's loopback that leads to one of a namespace's. */
export interface Tunnel {
  readonly port: number;
  close(): void;
}

/**
 * Opens a way from here into a namespace, for the test itself: no network leads there. The socket that listens is made here and handed to
 * a process there, since a socket stays in the namespace that it was made in.
 */
export async function openTunnel(place: Place, port: number): Promise<Tunnel> {
  const script = fileURLToPath(new URL("./tunnel_end.ts", import.meta.url));
  const [program, args] = commandIn(place, process.execPath, [script, `${port}`]);
  const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  child.send("listen", server);
  await withDeadline(once(child, "message"), { what: "a tunnel into a namespace", timeoutMs: 10_000 });
  server.close();
  return { port: address.port, close: () => child.kill("SIGKILL") };
}
