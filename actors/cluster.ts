import type { Subjects } from "../protocol/subjects.ts";
import type { Bus } from "./bus.ts";
import type { ClusterNodes } from "./cluster_nodes.ts";

/** The way to the other nodes. A node that runs alone has one, too, on which nobody answers. */
export interface Cluster {
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly nodes: ClusterNodes;
  /** Calls something again and again until what it returns is called. */
  readonly every: (periodMs: number, call: (nowMs: number) => void) => () => void;
  /** Calls something once, unless what it returns is called before. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}
