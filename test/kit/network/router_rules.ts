/** What a router does with the addresses of those behind it. */
export type NatKind =
  /** As home routers do: the port stays the same, whatever is spoken to, and only who was spoken to gets in. */
  | "cone"
  /** As mobile networks and firewalls of companies do: another port for each destination. */
  | "symmetric"
  /** As clouds do: a public address that belongs to one machine behind it, both ways. */
  | "one-to-one";

/** What a router lets out. */
export type Firewall = "open" | "no-udp" | "only-tcp-443";

/** What a router is told. `wan` is its interface to the outside, `lan` that to the inside. */
export interface RouterOptions {
  readonly nat: NatKind;
  /** `open` by default. */
  readonly firewall?: Firewall;
  /** The ports, of UDP and TCP, that strangers are let in to, where they are; all by default. */
  readonly letsIn?: readonly number[];
}

const masquerades = {
  cone: "masquerade",
  // A port at random for each entry of the connection table, which has one for each destination.
  symmetric: "masquerade fully-random",
};

const letsOut: Readonly<Record<Firewall, string>> = {
  open: "accept",
  "no-udp": "meta l4proto != udp accept",
  "only-tcp-443": "tcp dport 443 accept",
};

/** The rules of a router for nftables. What is not allowed is dropped without a word, as most do. */
export function routerRules({ nat, firewall = "open", letsIn }: RouterOptions): string {
  return `
    table ip nat {
      chain prerouting { type nat hook prerouting priority dstnat; }
      chain postrouting {
        type nat hook postrouting priority srcnat;
        ${nat === "one-to-one" ? "" : `oifname "wan" ${masquerades[nat]}`}
      }
    }
    table ip filter {
      chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname "lan" accept
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        ct status dnat ${letsIn === undefined ? "" : `th dport { ${letsIn.join(", ")} } `}accept
        iifname "lan" ${letsOut[firewall]}
      }
    }`;
}

/** The rule that sends a port of the router on to somebody behind it. */
export function forwardingRule(port: number, address: string): string {
  return `add rule ip nat prerouting iifname "wan" tcp dport ${port} dnat to ${address}`;
}

/** The rules that give an address of the outside to somebody behind it. */
export function oneToOneRules(outside: string, inside: string): string {
  return `
    add rule ip nat prerouting iifname "wan" ip daddr ${outside} dnat to ${inside}
    add rule ip nat postrouting oifname "wan" ip saddr ${inside} snat to ${outside}`;
}
