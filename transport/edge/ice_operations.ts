import { createHash } from "node:crypto";
import { ProviderFailure } from "../../actors/fetched_servers.ts";
import type { IceCredentials, IceServerSource, IssuedServers } from "../../actors/ports.ts";
import { describeLives, readLife } from "../../config/ice_lives.ts";
import {
  DisabledIceCredential,
  IceCredentialList,
  IceSourceList,
  IceUsage,
  type IceVerb,
  iceVerbs,
  PeerIceServers,
} from "../../protocol/ice_credentials.ts";
import type { ApiOperation } from "./api_operation.ts";
import { failure, type HttpAnswer, json } from "./http_routes.ts";

/** Where servers come from, and what operators may do there. */
export interface IceOperationsOptions {
  readonly servers: Pick<IceServerSource, "issue">;
  readonly credentials: readonly IceCredentials[];
}

/** Whose servers are asked for, when nobody is named. */
const anonymous = "anonymous";

const doing: Readonly<Record<IceVerb, string>> = {
  issue: "issue a credential",
  list: "list credentials",
  disable: "disable a credential",
  usage: "tell the usage",
};

const sourceParam = { source: "`source` in `GET /api/v1/ice-sources`" } as const;
const sourceFailures = {
  404: "There is no such source.",
  501: "The source cannot do that; why is said.",
  502: "The provider did not do it; why is said.",
} as const;
const badQuery = { 400: "A part of the query is missing or wrong." } as const;

/** What operators can ask of the sources of ICE servers of the node that answers. */
export function iceOperations({ servers, credentials }: IceOperationsOptions): readonly ApiOperation[] {
  /** Finds the source and has it do `verb`. */
  const act = async <V extends IceVerb>(
    verb: V,
    source: string,
    run: (can: Exclude<IceCredentials[V], string>, found: IceCredentials) => Promise<unknown>,
  ): Promise<HttpAnswer> => {
    const found = credentials.find((each) => each.source === source);
    if (found === undefined) {
      const known = credentials.map((each) => each.source).join(", ") || "no source that has credentials made";
      return failure(404, "no-such-source", `Cannot ${doing[verb]} at ${source.slice(0, 64)}: there is ${known}`);
    }
    const can = found[verb];
    if (typeof can === "string") return failure(501, "not-supported", `Cannot ${doing[verb]} at ${source}: ${can}`);
    try {
      return json(200, await run(can as Exclude<IceCredentials[V], string>, found));
    } catch (error) {
      if (error instanceof BadTtl) return failure(400, "bad-query", error.message);
      if (!(error instanceof ProviderFailure)) throw error;
      return failure(502, "provider-failed", `Cannot ${doing[verb]} at ${source}: ${error.message}`);
    }
  };
  return [
    {
      method: "GET",
      pattern: "/api/v1/ice-servers",
      summary:
        "ICE servers of all sources for one peer, named by `peer` in the query or anonymous, as a client in a room is told them",
      params: {},
      schema: PeerIceServers,
      failures: badQuery,
      handle: async (_, query) => {
        const peer = peerOf(query);
        return peer === undefined ? noPeer : json(200, told(servers.issue(peer)));
      },
      handleClient: async (subject) => json(200, told(servers.issue(peerOfSubject(subject)))),
    },
    {
      method: "GET",
      pattern: "/api/v1/ice-sources",
      summary: "The sources of this node that have credentials made, and what can be done with these",
      params: {},
      schema: IceSourceList,
      failures: {},
      handle: async () => json(200, { sources: credentials.map(abilitiesOf) } satisfies IceSourceList),
    },
    {
      method: "POST",
      pattern: "/api/v1/ice-sources/{source}/issue",
      summary:
        "Has a credential made, for `peer` of the query or nobody in particular, and for `ttl`, as `1h`, or the ttl of the source",
      params: sourceParam,
      schema: PeerIceServers,
      failures: { ...badQuery, ...sourceFailures },
      handle: async ({ source = "" }, query) => {
        const peer = peerOf(query);
        if (peer === undefined) return noPeer;
        const issueTo = async (issue: Issue, { lives }: IceCredentials) => told(await issue(peer, ttlOf(query, lives)));
        return await act("issue", source, issueTo);
      },
    },
    {
      method: "GET",
      pattern: "/api/v1/ice-sources/{source}/list",
      summary: "The credentials that a source knows, without their passwords",
      params: sourceParam,
      schema: IceCredentialList,
      failures: sourceFailures,
      handle: ({ source = "" }) => act("list", source, (list) => list()),
    },
    {
      method: "POST",
      pattern: "/api/v1/ice-sources/{source}/disable",
      summary: "Has a credential refused from now on, by `username` of the query",
      params: sourceParam,
      schema: DisabledIceCredential,
      failures: { ...badQuery, ...sourceFailures },
      handle: async ({ source = "" }, query) => {
        const username = query.get("username") ?? "";
        if (username === "" || username.length > 512) {
          return failure(400, "bad-query", "Cannot disable a credential: expected ?username= of 1 to 512 characters");
        }
        return await act("disable", source, async (disable) => {
          await disable(username);
          return { username, state: "disabled" };
        });
      },
    },
    {
      method: "GET",
      pattern: "/api/v1/ice-sources/{source}/usage",
      summary: "What was relayed in the current billing period",
      params: sourceParam,
      schema: IceUsage,
      failures: sourceFailures,
      handle: ({ source = "" }) => act("usage", source, (usage) => usage()),
    },
  ];
}

const noPeer = failure(400, "bad-query", "Cannot name the peer: expected ?peer= of 1 to 64 of A-Z, a-z, 0-9, _ and -");

function peerOf(query: URLSearchParams): string | undefined {
  const peer = query.get("peer") ?? anonymous;
  return isPeer(peer) ? peer : undefined;
}

/** A user of somebody else's may be named by anything, as a mail address; what stands in a TURN username tells them apart as well. */
function peerOfSubject(subject: string): string {
  return isPeer(subject) ? subject : createHash("sha256").update(subject).digest("base64url");
}

function isPeer(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

type Issue = Exclude<IceCredentials["issue"], string>;

/** The query asks for a life that the source cannot give. */
class BadTtl extends Error {}

/** Undefined where the query names none. @throws {BadTtl} */
function ttlOf(query: URLSearchParams, lives: IceCredentials["lives"]): number | undefined {
  const text = query.get("ttl");
  if (text === null) return undefined;
  const ttlMs = readLife(text, lives);
  if (ttlMs === undefined)
    throw new BadTtl(`Cannot issue a credential: ttl is no time, expected ${describeLives(lives)}`);
  return ttlMs;
}

function told({ iceServers, expiresAtMs }: IssuedServers): PeerIceServers {
  const list = [...iceServers];
  if (expiresAtMs === undefined) return { iceServers: list };
  return { iceServers: list, expiresAt: new Date(expiresAtMs).toISOString() };
}

function abilitiesOf(credentials: IceCredentials): IceSourceList["sources"][number] {
  const cannot = iceVerbs.flatMap((verb) => {
    const can = credentials[verb];
    return typeof can === "string" ? [[verb, can] as const] : [];
  });
  const can = iceVerbs.filter((verb) => typeof credentials[verb] !== "string");
  return { source: credentials.source, can, cannot: Object.fromEntries(cannot) };
}
