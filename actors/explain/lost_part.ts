import { stateText } from "../../machines/state_text.ts";
import type { ConnectionRecord } from "../../protocol/connection_record.ts";
import { durationText } from "./duration_text.ts";
import type { Rule } from "./finding.ts";
import { evidenceOf, fieldOf, type Moment, momentsOf, textOf, unixTimeOf } from "./moment.ts";

/** What other nodes last knew of a client whose own node is gone with all that it recorded. */
export interface LostPart {
  readonly room: string;
  readonly name: string;
  /** When its node was noticed to be silent. */
  readonly silent: Moment;
  /** When it was given up, Unix time in milliseconds; undefined while it may still come back. */
  readonly endedAt: number | undefined;
}

/** Undefined where no node misses the client. */
export function lostPartOf(record: ConnectionRecord): LostPart | undefined {
  return record.actors
    .filter(({ kind }) => kind === "remotePart")
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .flatMap((actor) => {
      const moments = momentsOf(actor);
      const silent = moments.findLast(({ after }) => stateText(after?.value) === "silent");
      const last = moments.findLast(({ after }) => after !== undefined)?.after;
      const info = fieldOf(last?.context, "peers", record.peer, "info");
      const isGone = stateText(last?.value) === "silent" || fieldOf(last?.context, "isLost") === true;
      if (silent === undefined || info === undefined || !isGone) return [];
      const endedAt = actor.endedAtMs === undefined ? undefined : unixTimeOf(actor, actor.endedAtMs);
      return [{ room: actor.room ?? "", name: textOf(info, "name"), silent, endedAt }];
    })
    .at(0);
}

/** Its own node's record of it is gone: this is all that there is to say. */
const nodeGone: Rule = ({ lostPart, now }) => {
  if (lostPart === undefined) return undefined;
  const { room, name, silent, endedAt } = lostPart;
  const who = name === "" ? "the client" : name;
  const where = `The node that ${who} was on is gone without a word`;
  const forMs = (endedAt ?? now) - silent.at;
  return {
    cause: "node-lost",
    likelihood: "certain",
    summary:
      endedAt === undefined
        ? `${where} (room "${room}"), ${durationText(forMs)} ago at least; ${who} has not come back by another one yet.`
        : `${where} (room "${room}"), and ${who} did not come back by another one in ${durationText(forMs)}, so it counts as gone.`,
    remedy:
      "Look at the node that is gone: its process or its machine ended, or it was cut off from NATS. Look at the client, too: a client that lives resumes at another node (`resume`), as the SDK does by itself.",
    evidence: [evidenceOf(silent, "nothing was heard of its node any more")],
    waitedFor: [{ what: "the client, at another node", since: silent.at, until: endedAt }],
    neverCame: ["a word of its node", "the client, at another node"],
  };
};

export const lostPartCauses: readonly Rule[] = [nodeGone];
