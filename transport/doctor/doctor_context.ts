import type { Config } from "../../config.ts";
import type { OpenedSource } from "./opened_source.ts";
import type { StunSighting } from "./stun_sightings.ts";
import type { UsableRelay } from "./turn_target.ts";

/** What checks are made of, and what they learn from each other. */
export interface DoctorContext {
  readonly config: Config;
  /** As the node was told, for what only the command line shows. */
  readonly argv: readonly string[];
  /** The addresses that candidates are gathered for. */
  readonly hosts: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The entries of `--ice-servers`, opened; each ends within the time limit of a provider. */
  readonly sources: readonly Promise<OpenedSource>[];
  /** This process has done what keeps it busy: times that are measured afterwards are those of the network. */
  readonly calm: Promise<unknown>;
  /** UDP ports that a node could have now: those of `--udp-ports`, or none where it takes any. Told when nobody holds them any more. */
  readonly freePorts: Told<readonly number[]>;
  /** What STUN servers said. */
  readonly sightings: Told<readonly StunSighting[]>;
  /** The TURN servers that gave a relay. */
  readonly relays: Told<readonly UsableRelay[]>;
}

/** What one check tells the others, once. */
export interface Told<T> {
  readonly value: Promise<T>;
  tell(value: T): void;
}

export function createTold<T>(): Told<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { value: promise, tell: resolve };
}
