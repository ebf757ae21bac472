// Messages of `/inspect` as a node writes them, for tests of the page.

let lastSeq = 0;

/** What a message is about. */
export interface MessageInput {
  readonly id: string;
  readonly node?: string;
  readonly rootId?: string;
  readonly seq?: number;
  readonly lost?: number;
  readonly isHistory?: boolean;
  /** Unix milliseconds. */
  readonly at?: number;
}

function base({
  id,
  node = "n1",
  rootId = id,
  seq = ++lastSeq,
  lost,
  isHistory = false,
  at = 1_000_000 + seq,
}: MessageInput) {
  lastSeq = Math.max(lastSeq, seq);
  const more = lost === undefined ? {} : { lost };
  return {
    sessionId: id,
    rootId,
    node,
    seq,
    createdAt: String(at),
    atMs: at - 1_000_000,
    id: `${node}:${seq}`,
    _version: "0",
    isHistory,
    ...more,
  };
}

/** That an actor is there. */
export function actorMessage(
  input: MessageInput & {
    readonly kind: string;
    readonly name?: string;
    readonly parentId?: string;
    readonly room?: string;
    readonly peers?: readonly string[];
    readonly endedAt?: number;
    readonly forgotten?: number;
    readonly definition?: object;
  },
): string {
  const { kind, name = input.id, parentId, room, peers = [], endedAt, forgotten = 0, definition } = input;
  const snapshot = { status: "active" };
  const definitionText = definition === undefined ? undefined : JSON.stringify(definition);
  return JSON.stringify({
    ...base(input),
    type: "@xstate.actor",
    ...{ kind, name, parentId, room, peers, endedAt, forgotten, snapshot, definition: definitionText },
  });
}

/** That it handled an event: what was sent, and what it led to. */
export function stepMessages(
  input: MessageInput & {
    readonly event: { readonly type: string; readonly [field: string]: unknown };
    readonly value?: unknown;
    readonly context?: unknown;
    readonly status?: string;
    readonly sourceId?: string;
  },
): [string, string] {
  const { event, value = "idle", context = {}, status = "active", sourceId } = input;
  const common = base(input);
  return [
    JSON.stringify({ ...common, type: "@xstate.event", event, sourceId }),
    // What was lost is said once.
    JSON.stringify({
      ...common,
      lost: undefined,
      type: "@xstate.snapshot",
      event,
      snapshot: { status, value, context },
    }),
  ];
}

/** That it told its client something. */
export function toldMessage(input: MessageInput & { readonly message: object }): string {
  const event = { type: "message.sent", message: input.message };
  return JSON.stringify({
    ...base(input),
    type: "@xstate.event",
    event,
    sourceId: input.id,
    sessionId: `${input.id}/client`,
  });
}
