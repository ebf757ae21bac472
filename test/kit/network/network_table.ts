import { markdownTable } from "../../../scripts/docs/markdown.ts";
import type { RouterOptions } from "./router_rules.ts";

/** Where a client can be; undefined is a public address. */
export const clientNetworks = {
  "public address": undefined,
  "home router": { nat: "cone" },
  "symmetric NAT": { nat: "symmetric" },
  "no UDP": { nat: "cone", firewall: "no-udp" },
  "only TCP to port 443": { nat: "cone", firewall: "only-tcp-443" },
} as const satisfies Readonly<Record<string, RouterOptions | undefined>>;

/** Where a node can be; its signalling is reached on port 443 of a public address everywhere. */
export const nodeNetworks = {
  "public address": undefined,
  "1:1 NAT": { nat: "one-to-one" },
  "1:1 NAT, two ports open": { nat: "one-to-one", letsIn: [443, 50_000] },
  "home router": { nat: "cone" },
} as const satisfies Readonly<Record<string, RouterOptions | undefined>>;

export type ClientNetwork = keyof typeof clientNetworks;
export type NodeNetwork = keyof typeof nodeNetworks;

/** What a flag of a node can name: where it is, and a TURN server. */
export interface OfferSurroundings {
  readonly publicAddress: string;
  readonly turn: Readonly<Record<"stun" | "udp" | "tcp" | "tls" | "secret", string>>;
}

type Offer = (surroundings: OfferSurroundings) => readonly string[];

function turn(kind: "udp" | "tcp" | "tls"): Offer {
  return ({ turn: server }) => {
    const source = { source: "turn-rest", urls: [server[kind]], secrets: [server.secret] };
    // To see what a relay does by itself.
    return ["--ice-servers", JSON.stringify([source]), "--tcp-ports", "off"];
  };
}

/** What a node is configured with, and the flags for it. */
export const offers = {
  "nothing more": () => [],
  "`--tcp-ports off`": () => ["--tcp-ports", "off"],
  "`--announce-ip`": ({ publicAddress }) => ["--announce-ip", publicAddress],
  "`--announce-ip`, `--udp-ports 50000`": ({ publicAddress }) => [
    "--announce-ip",
    publicAddress,
    "--udp-ports",
    "50000",
  ],
  STUN: ({ turn: server }) => ["--ice-servers", JSON.stringify([{ urls: server.stun }])],
  "TURN, UDP": turn("udp"),
  "TURN, TCP": turn("tcp"),
  "TURN, TLS on 443": turn("tls"),
} as const satisfies Readonly<Record<string, Offer>>;

export type OfferName = keyof typeof offers;

/** A combination of networks, and what comes of it: a path, or the cause that the node names. */
export interface NetworkRow {
  readonly node: NodeNetwork;
  readonly client: ClientNetwork;
  readonly offer: OfferName;
  readonly expected: string;
}

const blocked = "**no**: `udp-blocked`";

/** What is expected, a table for each network of a node: its columns, and a line for each network of a client. */
const tables: readonly {
  readonly node: NodeNetwork;
  readonly title: string;
  readonly columns: readonly OfferName[];
  readonly lines: Partial<Readonly<Record<ClientNetwork, readonly string[]>>>;
}[] = [
  {
    node: "public address",
    title: "A node with a public address",
    columns: ["nothing more", "`--tcp-ports off`", "TURN, UDP", "TURN, TCP", "TURN, TLS on 443"],
    lines: {
      "public address": ["UDP", "UDP", "", "", ""],
      "home router": ["UDP", "UDP", "UDP", "", "UDP"],
      "symmetric NAT": ["UDP", "UDP", "", "", ""],
      "no UDP": ["TCP", blocked, blocked, "TURN by TCP", "TURN by TLS"],
      "only TCP to port 443": [blocked, blocked, blocked, blocked, "TURN by TLS"],
    },
  },
  {
    node: "1:1 NAT",
    title: "A node behind 1:1 NAT, as in most clouds",
    columns: ["nothing more", "STUN", "`--announce-ip`"],
    lines: {
      "public address": ["UDP", "UDP", "UDP"],
      "home router": [blocked, "UDP", "UDP"],
      "symmetric NAT": [blocked, "UDP", "UDP"],
      "no UDP": [blocked, blocked, "TCP"],
    },
  },
  {
    node: "1:1 NAT, two ports open",
    title: "A node behind 1:1 NAT and a firewall that lets in 443, and 50000 for UDP and TCP",
    columns: ["`--announce-ip`", "`--announce-ip`, `--udp-ports 50000`"],
    lines: {
      "public address": ["UDP", "UDP"],
      "home router": [blocked, "UDP"],
      "symmetric NAT": ["", "UDP"],
      "no UDP": [blocked, "TCP"],
    },
  },
  {
    node: "home router",
    title: "A node behind a home router, of which only port 443 is sent on to it",
    columns: ["nothing more", "STUN", "TURN, UDP", "TURN, TLS on 443"],
    lines: {
      "public address": ["UDP", "UDP", "UDP", "UDP"],
      "home router": [blocked, "UDP", "TURN by UDP", "TURN by TLS"],
      "symmetric NAT": [blocked, blocked, "TURN by UDP", "TURN by TLS"],
      "no UDP": ["", "", blocked, "TURN by TLS"],
    },
  },
];

/** Every combination that is tried: those whose outcome would say nothing new are left out. */
export const networkRows: readonly NetworkRow[] = tables.flatMap(({ node, columns, lines }) =>
  (Object.entries(lines) as [ClientNetwork, readonly string[]][]).flatMap(([client, cells]) =>
    columns.flatMap((offer, index) => {
      const expected = cells[index] ?? "";
      return expected === "" ? [] : [{ node, client, offer, expected }];
    }),
  ),
);

/** The tables of docs/networks.md, with what was seen. */
export function networkTables(seen: ReadonlyMap<NetworkRow, string>): string {
  const written = tables.map(({ node, title, columns, lines }) => {
    const rows = Object.keys(lines).map((client) => {
      const cells = columns.map((offer) => {
        const row = networkRows.find((each) => each.node === node && each.client === client && each.offer === offer);
        return (row && seen.get(row)) ?? "";
      });
      return [client, ...cells];
    });
    return `### ${title}\n\n${markdownTable(["client", ...columns], rows)}`;
  });
  return written.join("\n\n");
}
