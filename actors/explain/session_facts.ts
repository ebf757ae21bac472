import { stateText } from "../../machines/state_text.ts";
import type { ConnectionRecord, ExportedActor } from "../../protocol/connection_record.ts";
import { type ConnectionFacts, connectionsOf } from "./connection_facts.ts";
import { fieldOf, type Moment, momentsOf, numberOf, textOf, unixTimeOf } from "./moment.ts";

/** What the record says of one session: a client on one node. */
export interface SessionFacts {
  readonly id: string;
  readonly node: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly isWhole: boolean;
  readonly moments: readonly Moment[];
  /** `open.joined.attached`: as it is now, or was in the end. */
  readonly state: string;
  /** The room that it is in, or was in last. */
  readonly room: string | undefined;
  /** Its peer connections, oldest first. */
  readonly connections: readonly ConnectionFacts[];
}

/** The facts of the sessions in a record, oldest first. */
export function sessionsOf(record: ConnectionRecord): readonly SessionFacts[] {
  return record.actors
    .filter(({ kind }) => kind === "session")
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((actor) => readSession(record, actor));
}

function readSession(record: ConnectionRecord, actor: ExportedActor): SessionFacts {
  const moments = momentsOf(actor);
  const last = moments.findLast(({ after }) => after !== undefined)?.after ?? actor.before;
  return {
    id: actor.name,
    node: actor.node,
    startedAt: actor.startedAt,
    endedAt: actor.endedAtMs === undefined ? undefined : unixTimeOf(actor, actor.endedAtMs),
    isWhole: actor.forgotten === 0,
    moments,
    state: stateText(last?.value),
    room: textOf(last?.context, "join", "room") || actor.room || roomJoined(moments),
    connections: connectionsOf(record, actor),
  };
}

function roomJoined(moments: readonly Moment[]): string | undefined {
  const joined = moments.findLast((moment) => isTold(moment, "joined") || isTold(moment, "resumed"));
  return textOf(joined?.event, "message", "room") || undefined;
}

/** Whether it is a message of this type to the client. */
export function isTold({ event }: Moment, type: string): boolean {
  return event.type === "message.sent" && fieldOf(event, "message", "type") === type;
}

/** Whether it is a message of this type from the client. */
export function isSaid({ event }: Moment, type: string): boolean {
  return event.type === "message.received" && fieldOf(event, "message", "type") === type;
}

/** The errors that the client was told, of these codes. */
export function errorsTold(session: SessionFacts, ...codes: readonly string[]): readonly Moment[] {
  return session.moments.filter(
    (moment) => isTold(moment, "error") && codes.includes(textOf(moment.event, "message", "code")),
  );
}

/** The end of a socket, with its code where that is recorded. */
export interface SocketEnd {
  readonly moment: Moment;
  readonly code: number | undefined;
  readonly isDropped: boolean;
}

/** The end of the last socket that it had; undefined while it has one. */
export function lastSocketEnd(session: SessionFacts): SocketEnd | undefined {
  const moment = session.moments.findLast(
    ({ event }) => event.type === "socket.closed" || event.type === "session.resumed",
  );
  if (moment === undefined || moment.event.type !== "socket.closed") return undefined;
  return { moment, code: numberOf(moment.event, "code"), isDropped: fieldOf(moment.event, "isDropped") === true };
}
