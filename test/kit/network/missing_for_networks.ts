import { spawnSync } from "node:child_process";

/** What a namespace has to be able to do: be there, have an interface, and translate addresses in both ways that the tests need. */
const probe = `
  ip link set lo up
  ip link add eth0 type veth peer name eth1
  ip link add hub type bridge
  nft -f - <<'END'
  table ip nat {
    chain postrouting {
      type nat hook postrouting priority srcnat;
      oifname "eth0" masquerade fully-random
      oifname "eth1" ip saddr 10.0.0.1 snat to 192.88.99.1
    }
  }
END`;

/** Why networks cannot be made on this machine, in words; undefined where they can. */
export function missingForNetworks(): string | undefined {
  if (process.platform !== "linux") return "networks are made of Linux's namespaces, and this is no Linux";
  if (process.getuid?.() !== 0) return "networks are made by root, and this is not root";
  for (const program of ["unshare", "nsenter", "setpriv", "ip", "nft"]) {
    if (spawnSync(program, ["--version"]).error !== undefined) return `the program ${program} is missing`;
  }
  const { status, stderr } = spawnSync("unshare", ["--net", "sh", "-e", "-c", probe], { encoding: "utf8" });
  const why = stderr.trim().split("\n")[0];
  return status === 0 ? undefined : `this machine cannot make a network with address translation: ${why}`;
}
