import Type, { type Static } from "typebox";
import { IceServer } from "./ice_server.ts";

// What operators are told of the sources of ICE servers: `GET /api/v1/ice-servers` and what is under `/api/v1/ice-sources`.

/** What can be done with the credentials of a source. */
export const iceVerbs = ["issue", "list", "disable", "usage"] as const;
export type IceVerb = (typeof iceVerbs)[number];

/** Servers for one peer. */
export const PeerIceServers = Type.Object({
  iceServers: Type.Array(IceServer),
  /** ISO 8601; absent where they do not expire. */
  expiresAt: Type.Optional(Type.String()),
});
export type PeerIceServers = Readonly<Static<typeof PeerIceServers>>;

/** The sources of a node that have credentials made: what each can, and why not what it cannot. */
export const IceSourceList = Type.Object({
  sources: Type.Array(
    Type.Object({
      source: Type.String(),
      can: Type.Array(Type.Enum([...iceVerbs])),
      cannot: Type.Record(Type.String(), Type.String()),
    }),
  ),
});
export type IceSourceList = Readonly<Static<typeof IceSourceList>>;

/** Credentials that a source knows, without their passwords. */
export const IceCredentialList = Type.Object({
  credentials: Type.Array(
    Type.Object({
      username: Type.String(),
      label: Type.Optional(Type.String()),
      lifeSeconds: Type.Optional(Type.Number()),
      isExpired: Type.Optional(Type.Boolean()),
    }),
  ),
  /** Of all pages that the provider has, only the first ones were read. */
  isCut: Type.Boolean(),
});
export type IceCredentialList = Readonly<Static<typeof IceCredentialList>>;

/** The answer to who had a credential disabled. */
export const DisabledIceCredential = Type.Object({ username: Type.String(), state: Type.Literal("disabled") });

/** What was relayed in the current billing period, in gigabytes as the provider counts them. */
export const IceUsage = Type.Object({
  usageGb: Type.Number(),
  quotaGb: Type.Optional(Type.Number()),
  overageGb: Type.Optional(Type.Number()),
});
export type IceUsage = Readonly<Static<typeof IceUsage>>;
