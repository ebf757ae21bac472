import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ForwardingProcess } from "./forwarding_process.ts";

const program = "/usr/bin/janus";
const folder = "/usr/lib/x86_64-linux-gnu/janus";

/** Janus (Debian's package `janus`) as it comes: its defaults, the VideoRoom, and WebSockets on loopback. */
export async function startJanus(): Promise<{ server: ForwardingProcess; url: string }> {
  const configs = mkdtempSync(join(tmpdir(), "signalbox-bench-janus-"));
  process.once("exit", () => rmSync(configs, { recursive: true, force: true }));
  const port = await findFreePort();
  writeFileSync(
    join(configs, "janus.jcfg"),
    `general: {
  configs_folder = "${configs}"
  plugins_folder = "${folder}/plugins"
  transports_folder = "${folder}/transports"
  events_folder = "${folder}/events"
  loggers_folder = "${folder}/loggers"
  debug_level = 4
  debug_colors = false
  session_timeout = 0
}
plugins: { disable = "${otherPlugins}" }
transports: { disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_mqtt.so,libjanus_nanomsg.so" }
`,
  );
  writeFileSync(
    join(configs, "janus.transport.websockets.jcfg"),
    `general: {
  json = "compact"
  ws = true
  ws_port = ${port}
  ws_ip = "127.0.0.1"
}
`,
  );
  writeFileSync(join(configs, "janus.plugin.videoroom.jcfg"), "general: {}\n");
  const server = await ForwardingProcess.start({
    role: "server",
    command: [program, "--configs-folder", configs],
    ready: /^WebSockets thread started/,
    options: { cwd: configs },
  });
  return { server, url: `ws://127.0.0.1:${port}` };
}

const otherPlugins = [
  "audiobridge",
  "duktape",
  "echotest",
  "lua",
  "nosip",
  "recordplay",
  "sip",
  "streaming",
  "textroom",
  "videocall",
  "voicemail",
]
  .map((name) => `libjanus_${name}.so`)
  .join(",");

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
