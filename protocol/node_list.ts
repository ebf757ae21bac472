import Type, { type Static } from "typebox";

// What operators are told of the nodes: `GET /api/v1/nodes`, and `POST /api/v1/nodes/{id}/drain`.

const Node = Type.Object({
  /** `node` of the clients' `joined`. */
  id: Type.String(),
  state: Type.Union([Type.Literal("ready"), Type.Literal("draining")]),
  /** Clients that it has, by what it said last. */
  sessions: Type.Integer({ minimum: 0 }),
});

export const NodeList = Type.Object({ nodes: Type.Array(Node) });

export type NodeList = Readonly<Static<typeof NodeList>>;
/** A node as another one knows it. */
export type ListedNode = Readonly<Static<typeof Node>>;

/** The answer to who had a node drained. */
export const DrainedNode = Type.Object({ id: Type.String(), state: Type.Literal("draining") });
