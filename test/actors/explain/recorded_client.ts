import { onTestFinished } from "vitest";
import { explain } from "../../../actors/explain/explain.ts";
import { exportActors } from "../../../actors/export_actors.ts";
import { FlightRecorder } from "../../../actors/flight_recorder.ts";
import { listPeers } from "../../../actors/list_peers.ts";
import type { ConnectionExplanation } from "../../../protocol/connection_explanation.ts";
import { areExportedActors, type ConnectionRecord, recordFormat } from "../../../protocol/connection_record.ts";
import { type FakeClient, type SupervisorSetup, startSupervisor } from "../start_supervisor.ts";

/** Unix time at the zero of the recorder's clock. */
const epochMs = 1_700_000_000_000;

/** A real supervisor with an engine that does what a test says, and a recorder whose clock is the test's. */
export function startRecorded(setup: SupervisorSetup = {}, limits: { readonly maxRecordedEvents?: number } = {}) {
  let nowMs = 1_000;
  const recorder = new FlightRecorder({ ...limits, now: () => nowMs });
  const started = startSupervisor({ ...setup, recorder });
  onTestFinished(() => started.supervisor.closeAll(1001, "end of the test"));
  const recordOf = (peer: string, missingNodes: readonly string[] = []): ConnectionRecord => {
    const actors: unknown = JSON.parse(exportActors(recorder.records, peer, { nodeId: "n1", origin: "o1", epochMs }));
    if (!areExportedActors(actors)) throw new Error("Cannot read what was exported");
    const exportedAt = new Date(epochMs + nowMs).toISOString();
    return {
      format: recordFormat,
      version: "1",
      exportedAt,
      peer,
      missingNodes: [...missingNodes],
      actors: [...actors],
    };
  };
  return {
    ...started,
    /** What `GET /api/v1/peers` says that its peer connections failed for. */
    failuresOf: (peer: string): readonly (string | undefined)[] =>
      listPeers(recorder.records, { nodeId: "n1", origin: "o1", epochMs })
        .filter(({ id }) => id === peer)
        .flatMap(({ connections }) => connections.map(({ failure }) => failure)),
    recordOf,
    explain: (peer: string): ConnectionExplanation => explain(recordOf(peer)),
    /** The same of one of its peer connections, as a node answers it. */
    explainConnection: (peer: string, connection: string): ConnectionExplanation =>
      explain({ ...recordOf(peer), peer: connection }),
    /** Lets time pass for the recorder alone. */
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** What an engine reports, and the turn in which that is handled. */
    async report(event: Parameters<typeof started.engines.last.options.report>[0]): Promise<void> {
      started.engines.last.options.report(event);
      await Promise.resolve();
    },
  };
}

export type Recorded = ReturnType<typeof startRecorded>;

/** Connects a client, and each side names an address to the other. */
export async function nameAddresses(recorded: Recorded, client: FakeClient): Promise<void> {
  await client.connect();
  client.say({
    type: "candidate",
    candidate: { candidate: "candidate:1 1 udp 1 198.51.100.7 2 typ host", sdpMid: "0" },
  });
  await recorded.report({
    type: "candidate.gathered",
    candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 1 typ host" },
  });
}
