import { findNearest } from "../../config/find_nearest.ts";
import { type ConnectionExplanation, isConnectionExplanation } from "../../protocol/connection_explanation.ts";
import { areListedPeers, type ListedPeer } from "../../protocol/peer_list.ts";
import type { ExplainOptions } from "./explain_options.ts";

/** Where a node is, and what it lets in for. */
export type NodeToAsk = Pick<ExplainOptions, "url" | "token">;

/** A node that does not answer is given up after so long, in milliseconds. Ours: it asks the others for 3 s. */
const answerTimeoutMs = 15_000;
/** Clients that are named to somebody who named none that there is. Ours. */
const maxNamed = 5;

/**
 * What a node says of a client.
 *
 * @throws {Error} in some lines for people: no node there, not let in, no such client with those that were perhaps meant
 */
export async function askNode(node: NodeToAsk, subject: string): Promise<ConnectionExplanation> {
  const { status, answer } = await get(node, `/api/v1/peers/${encodeURIComponent(subject)}/explain`);
  if (status === 200 && isConnectionExplanation(answer)) return answer;
  if (status === 404 && messageOf(answer) !== "") {
    throw new Error(`${messageOf(answer)}\n${suggestionsFor(subject, await listClients(node).catch(() => []))}`);
  }
  throw strangeAnswer(node, status);
}

/**
 * The clients that a node lists.
 *
 * @throws {Error} as above
 */
export async function listClients(node: NodeToAsk): Promise<readonly ListedPeer[]> {
  const { status, answer } = await get(node, "/api/v1/peers");
  const peers = typeof answer === "object" && answer !== null && "peers" in answer ? answer.peers : undefined;
  if (areListedPeers(peers)) return peers;
  throw strangeAnswer(node, status);
}

/** The peer connections that failed, those of the clients that came last first. */
export function failedConnectionsOf(peers: readonly ListedPeer[]): readonly string[] {
  return peers.flatMap(({ connections }) =>
    connections
      .filter(({ failure }) => failure !== undefined)
      .map(({ id }) => id)
      .toReversed(),
  );
}

/** What it said, as JSON; undefined for what is none. */
async function get({ url, token }: NodeToAsk, path: string) {
  const headers = { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const response = await fetch(new URL(path, url), { headers, signal }).catch((error) => {
    throw new Error(`Cannot reach ${url}: ${reasonOf(error)}. Does a node listen there? Name it by --url`, {
      cause: error,
    });
  });
  const { status } = response;
  if (status === 401 || status === 403) {
    const hint =
      token === undefined
        ? "set SIGNALBOX_ADMIN_TOKEN to the node's --admin-token"
        : "the token is not the node's --admin-token";
    throw new Error(`Cannot ask ${url}: it lets nobody in without its token (${status}); ${hint}`);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  return { status, answer };
}

function strangeAnswer({ url }: NodeToAsk, status: number): Error {
  return new Error(`Cannot use the answer of ${url} (${status}): is that a node of Signalbox of this version?`);
}

/** Whom somebody perhaps meant: by a mistyped id, by the name of the client, or by its room. */
export function suggestionsFor(subject: string, peers: readonly ListedPeer[]): string {
  const lower = subject.toLowerCase();
  const ids = [...new Set(peers.map(({ id }) => id))];
  const nearest = findNearest(subject, ids);
  const meant = peers.filter(
    ({ id, name, room }) =>
      id === nearest || id.startsWith(subject) || name?.toLowerCase() === lower || room?.toLowerCase() === lower,
  );
  if (peers.length === 0) return "It remembers no client at all.";
  const shown = (meant.length === 0 ? peers : meant).slice(0, maxNamed);
  const lines = shown.map(({ id, name, room, state, endedAt }) => {
    const what = [name, room === undefined ? undefined : `room "${room}"`, endedAt === undefined ? state : "ended"];
    return `  ${id}  ${what.filter((part) => part !== undefined).join(", ")}`;
  });
  return [meant.length === 0 ? "Those that came last:" : "Perhaps one of these:", ...lines].join("\n");
}

function messageOf(answer: unknown): string {
  const error = typeof answer === "object" && answer !== null && "error" in answer ? answer.error : undefined;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : undefined;
  return typeof message === "string" ? message : "";
}

function reasonOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
