import { accessSync, constants } from "node:fs";
import type { Config } from "../../config.ts";
import { excessiveLimits } from "../../protocol/bus_message_limits.ts";
import type { NatsSighting } from "../bus/nats_probe.ts";
import { type Check, count, failed, type Outcome, passed, roundMs, skipped, time, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";

/** A node tells of itself three times in --node-timeout-ms; what is late has half a second more. */
const tellingsPerTimeout = 3;
const lateMs = 500;

type NatsSettings = NonNullable<Config["nats"]>;

/** Each server of the cluster's bus. */
export function natsChecks({ config, calm }: DoctorContext): readonly Check[] {
  const { nats } = config;
  if (nats === undefined) {
    return [{ group: "NATS", name: "servers", run: async () => skipped("no --nats: the node runs alone") }];
  }
  return nats.servers.map((server) => {
    const name = `${server.host}:${server.port}`;
    return { group: "NATS", name, run: () => calm.then(() => checkServer(config, { ...nats, servers: [server] })) };
  });
}

async function checkServer(config: Config, nats: NatsSettings): Promise<Outcome> {
  const unreadable = unreadableFile(nats);
  if (unreadable !== undefined) {
    return failed(unreadable, "The node does not start like this: correct the path, or let its user read the file.");
  }
  // Who does not use NATS need not load its client.
  const { probeNats } = await import("../bus/nats_probe.ts");
  const listenMs = config.timeouts.nodeTimeoutMs / tellingsPerTimeout + lateMs;
  try {
    const seen = await probeNats(nats, { namespace: config.namespace, listenMs: Math.min(listenMs, 5_000) });
    return judgeNats(seen, config);
  } catch (error) {
    // "127.0.0.1:4222: connection refused"; which server it is about is said already.
    const why = (error instanceof Error ? error.message : String(error)).replace(/^\S+:\d+: /, "");
    return failed(why, adviceFor(why));
  }
}

function unreadableFile({ login, tls }: NatsSettings): string | undefined {
  const files = {
    "--nats-nkey": login?.kind === "nkey" ? login.seedFile : undefined,
    "--nats-credentials": login?.kind === "credentials" ? login.file : undefined,
    "--nats-tls-ca": tls?.caFile,
    "--nats-tls-cert": tls?.certFile,
    "--nats-tls-key": tls?.keyFile,
  };
  for (const [flag, file] of Object.entries(files)) {
    if (file === undefined) continue;
    try {
      accessSync(file, constants.R_OK);
    } catch (error) {
      return `${flag} ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`;
    }
  }
  return undefined;
}

function adviceFor(why: string): string {
  if (why.includes("refused")) return "Start nats-server there, or correct host and port in --nats.";
  if (why.includes("does not accept our credentials")) {
    return "Compare --nats-user and --nats-password (or the token, or the key) with the users in nats.conf; after a change there: nats-server --signal reload.";
  }
  if (why.includes("wants other credentials"))
    return "It asks for another kind of login: see accounts and users in nats.conf, and --nats-user, --nats-token, --nats-nkey.";
  if (why.includes("offers no TLS"))
    return "Either take TLS out (nats:// instead of tls://, no --nats-tls-ca), or give the server a tls block.";
  if (why.includes("ENOTFOUND") || why.includes("EAI_AGAIN"))
    return "Check the name in --nats, and DNS on this machine.";
  if (/certificate|SELF_SIGNED|UNABLE_TO|CERT_|ALTNAME/i.test(why)) {
    return "Give the authority of its certificate with --nats-tls-ca, and use a name of the certificate in --nats.";
  }
  return "Check that it runs, and that firewalls let TCP to it through.";
}

/** What of a server's answers is of interest to a node. */
export function judgeNats(
  seen: NatsSighting,
  { limits, nodeId, namespace }: Pick<Config, "limits" | "nodeId" | "namespace">,
): Outcome {
  const { connectMs, version, isTls, maxPayloadBytes, refused, roundTripMs, nodes, cluster } = seen;
  const others =
    nodes.length === 0
      ? "no other node seen"
      : `${count(nodes.length, "node")} seen: ${nodes
          .slice(0, 8)
          .map(({ node }) => node)
          .join(", ")}`;
  const parts = [
    `nats-server ${version}${cluster === undefined ? "" : ` of cluster ${cluster}`}${isTls ? " with TLS" : ""}, connected in ${time(connectMs)}`,
    ...(roundTripMs === undefined ? [] : [`round trip ${time(roundTripMs)}`]),
    `messages to ${count(maxPayloadBytes, "byte")}`,
    others,
  ];
  const facts = {
    version,
    connectMs: roundMs(connectMs),
    ...(roundTripMs === undefined ? {} : { roundTripMs: roundMs(roundTripMs) }),
    maxPayloadBytes,
    nodes: nodes.map(({ node }) => node),
    refused,
  };
  if (refused.length > 0) {
    const named = refused.slice(0, 4).join(", ");
    const more = refused.length > 4 ? `, and ${refused.length - 4} more` : "";
    return failed(
      `we may not ${named}${more}`,
      `Let this user publish and subscribe to ${namespace}.> and _INBOX.${namespace}.> (nats.conf has it for the namespace signalbox).`,
      facts,
    );
  }
  if (roundTripMs === undefined) {
    return failed(
      "connected, but what one connection says does not reach the other",
      "Are both in one account, and the servers of one cluster? See accounts in nats.conf, and /routez of the servers.",
      facts,
    );
  }
  const excess = excessiveLimits(limits, maxPayloadBytes);
  if (excess.length > 0) {
    const named = excess.map(({ name, bound }) => `${name} ${limits[name]} (${Math.max(0, bound)} at most)`);
    return failed(
      `${parts.join(", ")}; longer messages are possible: ${named.join(", ")}`,
      "Raise max_payload in nats.conf to 1MB, as it is by default, or lower these limits: members on other nodes would not be told.",
      facts,
    );
  }
  if (nodeId !== undefined && nodes.some(({ node }) => node === nodeId)) {
    return warning(
      parts.join(", "),
      `A node of this --node-id (${nodeId}) is there already: if it is not this one, give each its own.`,
      facts,
    );
  }
  return passed(parts.join(", "), facts);
}
