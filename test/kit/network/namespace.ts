import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDeadline } from "../with_deadline.ts";

/** Where a program is started: what comes before its command line. */
export interface Place {
  readonly enter: readonly string[];
}

/** The command line that starts a program in a place, or where this process is. */
export function commandIn(place: Place | undefined, program: string, args: readonly string[]): [string, string[]] {
  const [first = program, ...others] = [...(place?.enter ?? []), program, ...args];
  return [first, others];
}

/**
 * A network namespace of Linux, without a name: it is there as long as a process is in it, so that the kernel takes it away with all its
 * interfaces and rules when this process ends, however it ends. Whoever opened it closes it.
 */
export class Namespace implements Place {
  /** A process that does nothing but be in it; it ends with its stdin, and that with this process. */
  readonly #holder: ChildProcess;
  readonly #folder: string;

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder;
    this.#folder = folder;
  }

  /** @param folder for scripts that enter it; the caller removes it */
  static async open(folder: string): Promise<Namespace> {
    const holder = spawn("unshare", ["--net", "sh", "-c", "echo up; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const isUp = Promise.race([once(holder.stdout, "data"), once(holder, "close").then(() => undefined)]);
    const first = await withDeadline(isUp, { what: "a network namespace", timeoutMs: 10_000 });
    if (first === undefined) throw new Error("Cannot make a network namespace: unshare --net failed");
    const namespace = new Namespace(holder, folder);
    // IPv6 would add link-local addresses that nothing here leads to.
    namespace.run("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up");
    return namespace;
  }

  /** The process by whose number `ip` finds it. */
  get pid(): number {
    return this.#holder.pid ?? -1;
  }

  /** What starts a program inside. It is killed when this process ends, and so lets go of the namespace. */
  get enter(): readonly string[] {
    return ["setpriv", "--pdeathsig", "KILL", "nsenter", `--net=/proc/${this.pid}/ns/net`, "--"];
  }

  /**
   * Runs a script of the shell inside, to its end.
   *
   * @returns what it printed
   * @throws Error with what it wrote to stderr
   */
  run(script: string): string {
    const [program, args] = commandIn(this, "sh", ["-e", "-c", script]);
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`Cannot run "${script}" in a namespace: ${stderr}`);
    return stdout;
  }

  /** Loads rules of nftables. */
  filter(rules: string): void {
    this.run(`nft -f - <<'END'\n${rules}\nEND`);
  }

  /** Joins this namespace and another one by a cable, with an interface at each end. */
  connect(name: string, { to, as }: { readonly to: Namespace; readonly as: string }): void {
    // Made from inside, so that no interface is ever seen in the namespace of this machine.
    this.run(`ip link add ${name} type veth peer name ${as} netns ${to.pid}; ip link set ${name} up`);
    to.run(`ip link set ${as} up`);
  }

  /** A program for those who start one by its path alone, as browsers are. */
  wrap(program: string): string {
    const path = join(this.#folder, `${program.replace(/^.*\//, "")}-${this.pid}`);
    writeFileSync(path, `#!/bin/sh\nexec ${this.enter.join(" ")} ${program} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** Ends what runs inside, and the namespace with it. May be called twice. */
  async close(): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    for (const pid of this.#inside()) if (pid !== this.pid) kill(pid);
    const gone = once(this.#holder, "close");
    this.#holder.stdin?.end();
    await withDeadline(gone, { what: "a network namespace to end", timeoutMs: 5_000 });
  }

  #inside(): number[] {
    const own = namespaceOf(this.pid);
    const pids = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
    return own === undefined ? [] : pids.filter((pid) => namespaceOf(pid) === own);
  }
}

/** Which network namespace a process is in, if there is such a process. */
export function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
