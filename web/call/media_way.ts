/** What is read of a W3C statistics report, all of it optional: browsers differ. */
interface Entry {
  readonly type?: string;
  readonly selectedCandidatePairId?: string;
  readonly nominated?: boolean;
  readonly state?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
  readonly protocol?: string;
  readonly relayProtocol?: string;
}

/** Says which way media takes, by the candidate pair in use; null where the report does not tell. */
export function sayWay(report: ReadonlyMap<string, unknown>): string | null {
  const entries = [...report.values()] as Entry[];
  const named = entries.find(({ type }) => type === "transport")?.selectedCandidatePairId ?? "";
  const works = ({ type, nominated, state }: Entry) =>
    type === "candidate-pair" && nominated === true && state === "succeeded";
  const pair = (report.get(named) as Entry | undefined) ?? entries.find(works);
  const local = report.get(pair?.localCandidateId ?? "") as Entry | undefined;
  if (local?.protocol === undefined) return null;
  // Up to the relay; what is behind it is always UDP.
  if (local.candidateType === "relay") return `relay (${(local.relayProtocol ?? local.protocol).toUpperCase()})`;
  return `directly, ${local.protocol.toUpperCase()}`;
}
