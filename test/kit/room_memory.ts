import type { RunningNode } from "./start_node.ts";
import { withDeadline } from "./with_deadline.ts";

/** For `StartNodeOptions.env`: lets {@link readMemory} look into the node. */
export const inspectableEnv = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/** What a process uses once its garbage is collected, in bytes. */
export interface UsedMemory {
  /** Objects of JavaScript. */
  readonly heapUsed: number;
  /** Memory of buffers, which is outside of the heap. */
  readonly arrayBuffers: number;
}

/**
 * Collects the garbage of a node that was started with {@link inspectableEnv} and says what it uses then, by its inspector. The
 * resident memory that the system counts says little of that: it grows as long as nobody else needs it.
 */
export async function readMemory(node: RunningNode): Promise<UsedMemory> {
  const url = /Debugger listening on (ws:\S+)/.exec(node.stderr())?.[1];
  if (url === undefined) throw new Error(`Cannot inspect node ${node.pid}: it was not started with inspectableEnv`);
  const socket = new WebSocket(url);
  const call = (id: number, method: string, params: object = {}) => {
    const answered = new Promise<unknown>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        const message = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
        if (message.id === id) resolve(message.result);
      });
    });
    socket.send(JSON.stringify({ id, method, params }));
    return withDeadline(answered, { what: `the inspector's answer to ${method}`, timeoutMs: 20_000 });
  };
  try {
    const opened = new Promise((resolve) => socket.addEventListener("open", resolve));
    await withDeadline(opened, { what: `${url} to open`, timeoutMs: 5_000 });
    // What was kept by finalizers goes with the second collection.
    await call(1, "HeapProfiler.collectGarbage");
    await call(2, "HeapProfiler.collectGarbage");
    const expression = "JSON.stringify(process.memoryUsage())";
    const evaluated = (await call(3, "Runtime.evaluate", { expression })) as {
      readonly result: { readonly value: string };
    };
    const { heapUsed, arrayBuffers } = JSON.parse(evaluated.result.value) as UsedMemory;
    return { heapUsed, arrayBuffers };
  } finally {
    socket.close();
  }
}
