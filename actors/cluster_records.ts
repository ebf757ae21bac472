import {
  areExportedActors,
  type ConnectionRecord,
  type ExportedActor,
  recordFormat,
} from "../protocol/connection_record.ts";
import { areListedPeers, maxListedPeers, mergedPeers, type PeerList } from "../protocol/peer_list.ts";
import {
  encodeRecordPart,
  encodeRecordQuestion,
  parseRecordPart,
  parseRecordQuestion,
  type RecordQuestion,
  recordHeaderBytes,
} from "../protocol/record_question.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import { exportActors, type RecordingNode } from "./export_actors.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import { listPeers } from "./list_peers.ts";

/** How long another node may take for all of its answer. Ours. */
const answerMs = 3_000;
/** Bytes of one part of an answer; less where the bus takes less. Ours: other messages go between. */
const maxPartBytes = 262_144;
/** Answers that are being fetched by other nodes at the same time, and how long one is kept. Ours. */
const maxKeptAnswers = 8;
const keptMs = 10_000;

export interface ClusterRecordsOptions extends RecordingNode {
  readonly recorder: FlightRecorder;
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** The other nodes that are there. */
  readonly others: () => Iterable<{ readonly origin: string; readonly nodeId: string }>;
  /** Of Signalbox. */
  readonly version: string;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly after: (delayMs: number, call: () => void) => () => void;
}

interface Answers<Value> {
  readonly values: readonly Value[];
  readonly missingNodes: readonly string[];
}

interface KeptAnswer {
  readonly parts: readonly Uint8Array[];
  readonly stopWaiting: () => void;
}

/** What all nodes of the cluster recorded of a client, as one record. A node that does not answer in time is missing, and holds nothing up. */
export class ClusterRecords {
  readonly #options: ClusterRecordsOptions;
  readonly #subscription: BusSubscription;
  /** Answers of more than one part. */
  readonly #kept = new Map<string, KeptAnswer>();

  constructor(options: ClusterRecordsOptions) {
    this.#options = options;
    const { bus, subjects, origin } = options;
    this.#subscription = bus.subscribe(subjects.node(origin, "records"), (payload, _, reply) => {
      const question = parseRecordQuestion(payload);
      if (question !== undefined) bus.respond(reply, this.#part(question));
    });
  }

  /** The record of a client or of a peer connection; one without actors when no node that answered remembers it. */
  async record(peer: string): Promise<ConnectionRecord> {
    const { values, missingNodes } = await this.#ask(peer, areExportedActors);
    const actors: ExportedActor[] = values.flat().toSorted(byBeginning);
    const exportedAt = new Date(this.#options.epochMs + this.#options.now()).toISOString();
    const { version } = this.#options;
    return { format: recordFormat, version, exportedAt, peer, missingNodes: [...missingNodes], actors };
  }

  /** The clients that are remembered. */
  async list(): Promise<PeerList> {
    const { values, missingNodes } = await this.#ask(undefined, areListedPeers);
    const peers = mergedPeers(values);
    // A node gives no more than the limit, so one that gives all of it may have more.
    const isCut = values.flat().length > peers.length || values.some(({ length }) => length === maxListedPeers);
    return { peers, isCut, missingNodes: [...missingNodes] };
  }

  /** Other nodes get no answers any more. */
  stop(): void {
    this.#subscription.unsubscribe();
    for (const ask of [...this.#kept.keys()]) this.#forget(ask);
  }

  async #ask<Value>(peer: string | undefined, isAnswer: (value: unknown) => value is Value): Promise<Answers<Value>> {
    const others = [...this.#options.others()];
    const own: unknown = JSON.parse(this.#answer(peer));
    const answers = await Promise.all(others.map(({ origin }) => this.#askNode(origin, peer)));
    const missingNodes = others.filter((_, index) => !isAnswer(answers[index])).map(({ nodeId }) => nodeId);
    return { values: [own, ...answers].filter(isAnswer), missingNodes };
  }

  /** What another node has; undefined when it did not say so in time. */
  async #askNode(origin: string, peer: string | undefined): Promise<unknown> {
    const { bus, subjects, now } = this.#options;
    const ask = crypto.randomUUID();
    const deadlineMs = now() + answerMs;
    const parts: Uint8Array[] = [];
    try {
      for (let count = 1; parts.length < count; ) {
        const question = { ask, part: parts.length, ...(peer === undefined ? {} : { peer }) };
        const timeoutMs = Math.max(1, deadlineMs - now());
        const subject = subjects.node(origin, "records");
        const part = parseRecordPart(await bus.request(subject, encodeRecordQuestion(question), { timeoutMs }));
        if (part === undefined || part.parts === 0 || now() > deadlineMs) return undefined;
        count = part.parts;
        parts.push(Uint8Array.from(part.bytes));
      }
      return parsed(parts);
    } catch (error) {
      if (error instanceof SignalboxError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** The part of this node's answer that another one asks for. */
  #part({ ask, part, peer }: RecordQuestion): Uint8Array {
    const nothing = encodeRecordPart({ parts: 0, bytes: new Uint8Array() });
    if (part === 0) {
      if (this.#kept.size >= maxKeptAnswers) return nothing;
      const parts = this.#cut(new TextEncoder().encode(this.#answer(peer)));
      if (parts.length > 1) this.#keep(ask, parts);
      return encodeRecordPart({ parts: parts.length, bytes: parts[0] ?? new Uint8Array() });
    }
    const parts = this.#kept.get(ask)?.parts;
    const bytes = parts?.[part];
    if (parts === undefined || bytes === undefined) return nothing;
    if (part === parts.length - 1) this.#forget(ask);
    return encodeRecordPart({ parts: parts.length, bytes });
  }

  #cut(bytes: Uint8Array): Uint8Array[] {
    const partBytes = Math.min(maxPartBytes, this.#options.bus.maxPayloadBytes - recordHeaderBytes);
    const count = Math.max(1, Math.ceil(bytes.length / partBytes));
    return Array.from({ length: count }, (_, index) => bytes.subarray(index * partBytes, (index + 1) * partBytes));
  }

  #keep(ask: string, parts: readonly Uint8Array[]): void {
    this.#kept.set(ask, { parts, stopWaiting: this.#options.after(keptMs, () => this.#forget(ask)) });
  }

  #forget(ask: string): void {
    this.#kept.get(ask)?.stopWaiting();
    this.#kept.delete(ask);
  }

  /** What this node has, as JSON. */
  #answer(peer: string | undefined): string {
    const { recorder } = this.#options;
    return peer === undefined
      ? JSON.stringify(listPeers(recorder.records, this.#options))
      : exportActors(recorder.records, peer, this.#options);
  }
}

/** Within a millisecond by the node's own clock, then by its numbers. */
function byBeginning(a: ExportedActor, b: ExportedActor): number {
  const seqOf = ({ events }: ExportedActor) => events[0]?.seq ?? 0;
  return a.startedAt - b.startedAt || a.startedAtMs - b.startedAtMs || seqOf(a) - seqOf(b);
}

/** The JSON of which these are the pieces. */
function parsed(parts: readonly Uint8Array[]): unknown {
  const decoder = new TextDecoder();
  return JSON.parse(parts.map((part) => decoder.decode(part, { stream: true })).join(""));
}
