import { type ChildProcess, fork } from "node:child_process";
import type { FromWorker, Progress, ToWorker, WorkerResult } from "./load_message.ts";
import type { LoadOptions } from "./load_options.ts";
import type { MemberPlan } from "./member_plan.ts";

/** How long a process may take to come up, and to tell its result. Ours: a machine under load is slow. */
const answerTimeoutMs = 30_000;

const idle: Progress = { joined: 0, connected: 0, failed: 0, sent: 0, received: 0, cpu: 0 };

/** One of the processes that play the members. Whoever started it ends it. */
export class LoadWorker {
  readonly members: readonly MemberPlan[];
  readonly #child: ChildProcess;
  readonly #told = new Map<FromWorker["type"], PromiseWithResolvers<FromWorker>>();
  progress: Progress = idle;
  /** It ended before it told its result. */
  isLost = false;

  constructor(members: readonly MemberPlan[]) {
    this.members = members;
    this.#child = fork(new URL("./load_worker.ts", import.meta.url), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (message: FromWorker) => {
      if (message.type === "progress") this.progress = message.progress;
      this.#answer(message.type).resolve(message);
    });
    this.#child.once("error", () => this.#lose());
    this.#child.once("exit", () => this.#lose());
  }

  /** Resolves when it has come up, to whether it has. */
  async ready(): Promise<boolean> {
    return (await this.#await("ready", answerTimeoutMs)) !== undefined;
  }

  start(options: LoadOptions): void {
    this.#tell({ type: "start", options, members: this.members });
  }

  /** Resolves when none of its members is on the way in any more. */
  async settled(): Promise<void> {
    await this.#await("settled");
  }

  measure(): void {
    this.#tell({ type: "measure" });
  }

  async stop(): Promise<void> {
    this.#tell({ type: "stop" });
    await this.#await("stopped", answerTimeoutMs);
  }

  /** Has everybody leave; undefined when the process is gone. */
  async finish(): Promise<WorkerResult | undefined> {
    this.#tell({ type: "finish" });
    const message = await this.#await("result", answerTimeoutMs);
    return message?.type === "result" ? message.result : undefined;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Undefined when it did not come in time, or never will. */
  async #await(type: FromWorker["type"], timeoutMs?: number): Promise<FromWorker | undefined> {
    const answer = this.#answer(type).promise.catch(() => undefined);
    if (timeoutMs === undefined) return await answer;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), timeoutMs);
    });
    return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  #answer(type: FromWorker["type"]): PromiseWithResolvers<FromWorker> {
    const known = this.#told.get(type);
    if (known !== undefined) return known;
    const answer = Promise.withResolvers<FromWorker>();
    answer.promise.catch(() => undefined);
    if (this.isLost) answer.reject(new Error("the process is gone"));
    this.#told.set(type, answer);
    return answer;
  }

  #lose(): void {
    this.isLost = true;
    for (const answer of this.#told.values()) answer.reject(new Error("the process is gone"));
  }
}
