import { durationText } from "./duration_text.ts";
import type { Finding, Rule } from "./finding.ts";
import { evidenceOf, fieldOf, type Moment, numberOf, textOf } from "./moment.ts";
import { errorsTold, isSaid, isTold, lastSocketEnd, type SessionFacts } from "./session_facts.ts";

// What became of the client's session: who ended it, and why.

/** The client did not read. */
const slowConsumer: Rule = ({ session }) => {
  const end = session === undefined ? undefined : lastSocketEnd(session);
  if (end?.code !== 4408) return undefined;
  return {
    cause: "slow-consumer",
    likelihood: "certain",
    summary:
      "The client did not read what it was sent on its socket for too long, so the node closed that (4408, slow-consumer).",
    remedy:
      "Look at the client's network, and at what keeps its main thread from reading. Have it subscribe to less, or raise --slow-consumer-timeout-ms or --max-queued-bytes. It may come back with its resume token.",
    evidence: [evidenceOf(end.moment, "the node closed the socket: slow-consumer")],
    neverCame: ["room in the client's socket"],
  };
};

/** The client did what no client should. */
const abuse: Rule = ({ session }) => {
  const end = session === undefined ? undefined : lastSocketEnd(session);
  if (session === undefined || (end?.code !== 4413 && end?.code !== 4429)) return undefined;
  const isLarge = end.code === 4413;
  const said = errorsTold(
    session,
    "bad-json",
    "bad-message",
    "bad-state",
    "bad-candidate",
    "not-joined",
    "rate-limited",
  );
  const last = textOf(said.at(-1)?.event, "message", "message");
  return {
    cause: "abuse",
    likelihood: "certain",
    summary: isLarge
      ? "The client sent a frame longer than --max-frame-bytes, so the node closed its socket (4413, frame-too-large)."
      : `Too many of the client's messages were wrong, so the node closed its socket (4429, too-many-errors).${last === "" ? "" : ` The last error: ${last}.`}`,
    remedy: isLarge
      ? "Have the client send less in one message, or raise --max-frame-bytes."
      : "Correct the client: it was told an `error` for each, with what was wrong.",
    evidence: [
      ...said.slice(-2).map((moment) => evidenceOf(moment, textOf(moment.event, "message", "message"))),
      evidenceOf(end.moment, "the node closed the socket"),
    ],
  };
};

/** It was put out of its room. */
const kicked: Rule = ({ session, connection }) => {
  const told = session?.moments.findLast(
    (moment) =>
      isTold(moment, "peer-left") &&
      textOf(moment.event, "message", "peer") === session.id &&
      textOf(moment.event, "message", "reason") === "kicked",
  );
  if (session === undefined || told === undefined) return undefined;
  if (session.moments.some((moment) => moment.seq > told.seq && isTold(moment, "joined"))) return undefined;
  const why = textOf(told.event, "message", "message");
  const isUp = connection?.connectedAt !== undefined && connection.ending === undefined;
  if (why === "room-crashed") {
    return {
      cause: "node-fault",
      likelihood: "certain",
      summary: "The room, or the client's part in it, ended by a fault of the server or of the program on it.",
      remedy: "The node's log has the error (room crashed): report it. The client may join again.",
      evidence: [evidenceOf(told, "the client was told so")],
    };
  }
  return {
    cause: "kicked",
    likelihood: "certain",
    summary: `The program on the node, or the operator, put the client out of its room${why === "" ? "" : ` ("${why.slice(0, 200)}")`}.${isUp ? " Its peer connection goes on, outside of the room." : ""}`,
    remedy: "",
    evidence: [evidenceOf(told, "the client was told so")],
  };
};

/** The node stopped, and the client was still there. */
const drained: Rule = ({ session }) => {
  const closed = session?.moments.findLast(
    ({ event }) => event.type === "session.closed" && numberOf(event, "code") === 1012,
  );
  if (session === undefined || closed === undefined) return undefined;
  const migrate = session.moments.findLast((moment) => isTold(moment, "migrate"));
  const inRoom = session.room !== undefined;
  return {
    cause: "node-drained",
    likelihood: "certain",
    summary:
      migrate === undefined
        ? `The node stopped${inRoom ? "" : "; the client was in no room, so it could not go on elsewhere by itself"}. It was told so (shutting-down, 1012).`
        : `The node stopped. It had told the client ${durationText(closed.at - migrate.at)} before to go on at another node (migrate), and the client had not.`,
    remedy:
      migrate === undefined
        ? "Nothing is wrong with the connection: have the client connect again when its socket closes with 1012. Drain a node before it is stopped, with other nodes in the cluster."
        : "Have the client take its `resume` token to a new socket when `migrate` comes (the SDK does). Check that another node was up and ready then.",
    evidence: [
      ...(migrate === undefined ? [] : [evidenceOf(migrate, "the client was told to go on elsewhere")]),
      evidenceOf(closed, "the node ended the session"),
    ],
    ...(migrate === undefined
      ? {}
      : {
          waitedFor: [{ what: "the client to go on at another node", since: migrate.at, until: closed.at }],
          neverCame: ["the client at another node"],
        }),
  };
};

/** The client goes on elsewhere. */
const moved: Rule = ({ session }) => {
  const superseded = session?.moments.findLast(
    ({ event }) => event.type === "session.superseded" || event.type === "session.absorbed",
  );
  if (session === undefined || superseded === undefined) return undefined;
  const migrate = session.moments.some((moment) => isTold(moment, "migrate"));
  return {
    cause: "moved",
    likelihood: "certain",
    summary: migrate
      ? "The client went on at another node, as this one had told it to (migrate)."
      : "The client went on on another socket, where its session is now.",
    remedy: "",
    evidence: [evidenceOf(superseded, "the session goes on elsewhere")],
  };
};

/** It was not let in. */
const refusedJoin: Rule = ({ session, connection }) => {
  if (session === undefined || session.state.includes("joined")) return undefined;
  const asked = session.moments.findLast((moment) => isSaid(moment, "join"));
  const wentBack = session.moments.findLast(({ event }) => event.type === "resume.refused");
  const after = (asked?.seq ?? 0) > (wentBack?.seq ?? 0) ? asked : wentBack;
  if (after === undefined || session.moments.some(({ seq, event }) => seq > after.seq && event.type === "room.joined"))
    return undefined;
  const isJoin = after === asked;
  const errors = errorsTold(
    session,
    "forbidden",
    "room-full",
    "join-timeout",
    "room-crashed",
    "overloaded",
    "session-gone",
    "bad-message",
  );
  const told = isJoin
    ? errors.find(({ seq }) => seq > after.seq)
    : errors.findLast(({ event }) => textOf(event, "message", "code") === "session-gone");
  if (told === undefined) return undefined;
  const [code, message] = [textOf(told.event, "message", "code"), textOf(told.event, "message", "message")];
  return {
    cause: isJoin ? "join-refused" : "resume-refused",
    likelihood: connection === undefined ? "certain" : "note",
    summary: isJoin
      ? `The client asked to enter a room and was refused (${code}): ${message}.`
      : `The client wanted to go on with a session that it had, and was refused (${code}): ${message}.`,
    remedy: joinRemedies[code] ?? "Correct what the message says, and join again.",
    evidence: [evidenceOf(told, `${code}: ${message}`)],
    neverCame: [isJoin ? "a place in the room" : "the session that the client had"],
  };
};

const joinRemedies: Readonly<Record<string, string>> = {
  "room-full": "Raise --max-room-peers, or use another room.",
  "join-timeout": "Look at what the program's handler of joins waits for; --join-timeout-ms is the limit.",
  forbidden: "The program on the node refuses it: look at its handler of joins.",
  "session-gone":
    "Have the client join anew when it gets `session-gone`: its session is over, or its token has run out (--resume-timeout-ms, --resume-token-lifetime-ms).",
  "room-crashed": "The node's log has the error: report it. The client may join again.",
};

/** The server's side broke. */
const nodeFault: Rule = ({ session, connection }) => {
  const told = session === undefined ? undefined : errorsTold(session, "peer-crashed").at(-1);
  const crashed = connection?.peer.find(({ after }) => after?.status === "error") ?? told;
  const hasNewer = told !== undefined && connection !== undefined && connection.startedAt > told.at;
  if (crashed === undefined || hasNewer) return undefined;
  return {
    cause: "node-fault",
    likelihood: "certain",
    summary: "The server's side of the connection ended by a fault of the server, or of the program on it.",
    remedy:
      "The node's log has the error and the last transitions (peer crashed): report it. A new offer of the client starts a new connection.",
    evidence: [evidenceOf(crashed, "it ended by a fault")],
  };
};

/** The likeliest first, of those that are as likely. */
export const sessionCauses: readonly Rule[] = [nodeFault, slowConsumer, abuse, drained, kicked, moved, refusedJoin];

/** What made a session end, in words; "" where it lives or is not known. */
export function sessionEndText(session: SessionFacts): {
  readonly text: string;
  readonly moment: Moment | undefined;
  readonly isByProgram: boolean;
} {
  const closed = session.moments.findLast(({ event }) => event.type === "session.closed");
  if (closed !== undefined) {
    const reason = textOf(closed.event, "reason");
    const text = `The program on the node, or the operator, closed the client's session${reason === "" ? "" : ` ("${reason}")`}.`;
    return { text, moment: closed, isByProgram: true };
  }
  const end = lastSocketEnd(session);
  if (end === undefined || fieldOf(end.moment.event, "isDropped") === true)
    return { text: "", moment: undefined, isByProgram: false };
  return { text: "The client closed its socket.", moment: end.moment, isByProgram: false };
}

/** For rules about how something ended. */
export type Ending = Pick<Finding, "cause" | "summary" | "evidence">;
