import type { ActorView } from "./actor_view.ts";
import { serverWords } from "./server_answer.ts";

/** Something recorded that shows why; `at` in Unix milliseconds. */
export interface Evidence {
  readonly at: number;
  readonly node: string;
  readonly event: string;
  readonly text: string;
}

/** What the server says of why a connection is as it is; what of it is not there, it did not say. */
export interface Explanation {
  readonly summary: string;
  readonly isWell?: boolean;
  readonly remedy?: string;
  readonly waitedFor?: readonly { readonly what: string; readonly forMs: number; readonly isOver: boolean }[];
  readonly neverCame?: readonly string[];
  readonly evidence?: readonly Evidence[];
  readonly pairs?: readonly { readonly local: string; readonly remote: string; readonly result: string }[];
  readonly phases?: readonly { readonly name: string; readonly ms: number }[];
  /** What else was found, the likeliest first. */
  readonly others?: readonly { readonly summary: string; readonly remedy: string }[];
  /** What is missing of the record. */
  readonly gaps?: readonly string[];
}

/** An answer, or why there is none, in the server's words. */
export type Answered<T> = { readonly value: T } | { readonly refusal: string };

/** The peer connection that an actor is or belongs to, else the client that it is about; null for what is about nobody. */
export function peerIdOf(actor: ActorView, actorOf: (id: string) => ActorView | undefined): string | null {
  if (actor.kind === "peer") return actor.name;
  const parent = actor.parentId === undefined ? undefined : actorOf(actor.parentId);
  if (parent?.kind === "peer") return parent.name;
  return actor.peers[0] ?? null;
}

/** Asks why a connection is as it is. */
export async function fetchExplanation(
  peerId: string,
  headers: Record<string, string>,
): Promise<Answered<Explanation>> {
  const answer = await ask(peerId, "explain", headers);
  if ("refusal" in answer) return answer;
  const value = (await answer.value.json()) as Partial<Explanation>;
  return typeof value.summary === "string"
    ? { value: value as Explanation }
    : { refusal: "The server's explanation has another shape than this page knows" };
}

/** Fetches all that was recorded of a connection, as a file. */
export async function fetchRecord(peerId: string, headers: Record<string, string>): Promise<Answered<Blob>> {
  const answer = await ask(peerId, "record", headers);
  return "refusal" in answer ? answer : { value: await answer.value.blob() };
}

async function ask(peerId: string, what: string, headers: Record<string, string>): Promise<Answered<Response>> {
  try {
    const response = await fetch(`/api/v1/peers/${encodeURIComponent(peerId)}/${what}`, {
      headers: { ...headers, accept: "application/json" },
      cache: "no-store",
    });
    return response.ok ? { value: response } : { refusal: await serverWords(response) };
  } catch {
    return { refusal: "The server cannot be reached" };
  }
}
