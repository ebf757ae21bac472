import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Namespace } from "./namespace.ts";
import { forwardingRule, oneToOneRules, type RouterOptions, routerRules } from "./router_rules.ts";

/** A machine somewhere: programs are started in its `namespace`. */
export interface Host {
  readonly namespace: Namespace;
  readonly address: string;
}

/** A router, and what is behind it. */
export interface Router {
  readonly namespace: Namespace;
  /** Its address in the internet. */
  readonly address: string;
  /** A machine behind it. */
  addHost(): Promise<Host>;
  /** Gives a machine that has one already an uplink to this router, too. */
  attach(host: Host, options: { readonly name: string; readonly metric: number }): string;
  /** Sends a TCP port on to a machine behind it. */
  forward(port: number, host: Host): void;
}

/** The prefix of the internet: a range that nobody has any more (RFC 7526). Those for documentation are not public for the node. */
const publicNet = "192.88.99";

/**
 * A small internet of network namespaces: machines with public addresses, and routers with machines behind them. Every one of them can
 * send to every public address, and what goes to a private one is lost, as it is outside.
 *
 * Made by {@link openInternet}; `close()` removes all of it.
 */
export class Internet {
  readonly #folder: string;
  readonly #hub: Namespace;
  readonly #all: Namespace[];
  #hosts = 1;
  #networks = 0;

  constructor(folder: string, hub: Namespace) {
    this.#folder = folder;
    this.#hub = hub;
    this.#all = [hub];
    // What is for no public address goes to the gateway, which passes nothing on.
    hub.run(`ip link add hub type bridge; ip addr add ${publicNet}.1/24 dev hub; ip link set hub up`);
  }

  /** A machine with an address of its own. */
  async addHost(): Promise<Host> {
    const namespace = await this.#open();
    return { namespace, address: this.#plugIn(namespace, "eth0") };
  }

  async addRouter(options: RouterOptions): Promise<Router> {
    const namespace = await this.#open();
    const address = this.#plugIn(namespace, "wan");
    this.#networks += 1;
    const net = `10.${this.#networks}.0`;
    namespace.run(`ip link add lan type bridge; ip addr add ${net}.1/24 dev lan; ip link set lan up`);
    namespace.filter(routerRules(options));
    namespace.run("echo 1 > /proc/sys/net/ipv4/ip_forward");
    let hosts = 1;
    const attach = (host: Namespace, { name, metric }: { name: string; metric: number }): string => {
      hosts += 1;
      const own = `${net}.${hosts}`;
      host.connect(name, { to: namespace, as: `port${hosts}` });
      namespace.run(`ip link set port${hosts} master lan`);
      host.run(`ip addr add ${own}/24 dev ${name}; ip route add default via ${net}.1 dev ${name} metric ${metric}`);
      // As phones do: what is sent from an address goes by its network, whichever is preferred.
      host.run(`ip route add default via ${net}.1 dev ${name} table ${metric}; ip rule add from ${own} table ${metric}`);
      return own;
    };
    return {
      namespace,
      address,
      addHost: async () => {
        const inside = await this.#open();
        // Names that no WebRTC library takes for those of tunnels and virtual machines.
        const own = attach(inside, { name: "eth0", metric: 100 });
        if (options.nat === "one-to-one") namespace.filter(oneToOneRules(address, own));
        return { namespace: inside, address: own };
      },
      attach: (host, uplink) => attach(host.namespace, uplink),
      forward: (port, host) => namespace.filter(forwardingRule(port, host.address)),
    };
  }

  /** Ends everything that runs in it, and removes it. May be called twice. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((namespace) => namespace.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #open(): Promise<Namespace> {
    const namespace = await Namespace.open(this.#folder);
    this.#all.push(namespace);
    return namespace;
  }

  #plugIn(namespace: Namespace, name: string): string {
    this.#hosts += 1;
    const address = `${publicNet}.${this.#hosts}`;
    namespace.connect(name, { to: this.#hub, as: `port${this.#hosts}` });
    this.#hub.run(`ip link set port${this.#hosts} master hub`);
    namespace.run(`ip addr add ${address}/24 dev ${name}; ip route add default via ${publicNet}.1`);
    return address;
  }
}

/** Makes an internet that nobody is in yet. Whoever opened it closes it. */
export async function openInternet(): Promise<Internet> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-internet-"));
  return new Internet(folder, await Namespace.open(folder));
}
