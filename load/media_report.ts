import { Distribution, type Summary } from "./distribution.ts";
import type { MemberResult, SentStream } from "./load_message.ts";
import type { ReceivedStreamData, StreamKind } from "./received_stream.ts";

/** What was sent and received of one kind; of `data` they are messages. */
export interface KindReport {
  readonly sent: number;
  /** What those who subscribe should have got: from each one's first packet to the last that was sent. */
  readonly due: number;
  readonly received: number;
  readonly lost: number;
  /** In percent of what was due. */
  readonly loss: number;
  readonly repeated: number;
}

/** What came of what was sent. */
export interface MediaReport {
  readonly audio: KindReport;
  readonly video: KindReport;
  readonly data: KindReport;
  /** Streams that should have come: of each publisher to each other member of its room. */
  readonly streams: number;
  /** Of these, those of which nothing came. */
  readonly missing: number;
  /** The longest silence of each stream that came; the pauses between packets are in it. */
  readonly longestGapMs: Summary;
  /** The same from when everybody was in. */
  readonly longestLaterGapMs: Summary;
  /** Streams that were silent for a second or longer. */
  readonly interrupted: number;
}

const interruptedMs = 1_000;
const kinds = ["audio", "video", "data"] as const;

/** Holds what everybody received against what the others in the room sent. */
export function reportMedia(members: readonly MemberResult[]): MediaReport {
  const sums = { audio: emptySum(), video: emptySum(), data: emptySum() };
  const gaps = new Distribution();
  const laterGaps = new Distribution();
  let [streams, missing, interrupted] = [0, 0, 0];
  for (const { stream } of members.flatMap(sentBy)) sums[stream.kind].sent += stream.last - stream.first + 1;
  for (const { sent, got, isCut } of pairStreams(members)) {
    streams += 1;
    if (got === undefined) {
      missing += 1;
      continue;
    }
    addReceived(sums[sent.kind], isCut ? got.last : Math.max(got.last, sent.last), got);
    gaps.add(got.longestGapMs);
    laterGaps.add(got.longestLaterGapMs);
    if (got.longestGapMs >= interruptedMs) interrupted += 1;
  }
  const [audio, video, data] = kinds.map((kind) => kindReport(sums[kind])) as [KindReport, KindReport, KindReport];
  const silences = { longestGapMs: gaps.summary(), longestLaterGapMs: laterGaps.summary() };
  return { audio, video, data, streams, missing, ...silences, interrupted };
}

/** A stream on its way to one receiver. */
interface StreamPair {
  readonly sent: SentStream;
  /** Undefined when nothing of it came. */
  readonly got: ReceivedStreamData | undefined;
  /** The receiver was gone before the end. */
  readonly isCut: boolean;
}

function* pairStreams(members: readonly MemberResult[]): Generator<StreamPair> {
  for (const room of Map.groupBy(members, (member) => member.room).values()) {
    const sent = room.flatMap(sentBy);
    for (const receiver of room.filter(({ isConnected }) => isConnected)) {
      const received = new Map(receiver.received.map((stream) => [stream.track, stream]));
      const isCut = receiver.failure !== undefined;
      for (const { member, stream } of sent) {
        const found = received.get(stream.track);
        const got = found !== undefined && found.packets > 0 ? found : undefined;
        // Who was gone before the end cannot have got what came later, nor can the others what it did not send any more, be it
        // that it sent it anew as another track.
        const isReplaced = member.sent.findLast(({ kind }) => kind === stream.kind) !== stream;
        const isExcused = got === undefined && (isCut || isReplaced || member.failure !== undefined);
        if (member !== receiver && !isExcused) yield { sent: stream, got, isCut };
      }
    }
  }
}

function sentBy(member: MemberResult): { readonly member: MemberResult; readonly stream: SentStream }[] {
  return member.sent.map((stream) => ({ member, stream }));
}

interface Sum {
  sent: number;
  due: number;
  received: number;
  repeated: number;
}

function emptySum(): Sum {
  return { sent: 0, due: 0, received: 0, repeated: 0 };
}

function addReceived(sum: Sum, last: number, got: ReceivedStreamData): void {
  sum.due += last - got.first + 1;
  sum.received += got.packets;
  sum.repeated += got.repeated;
}

function kindReport({ sent, due, received, repeated }: Sum): KindReport {
  const lost = Math.max(0, due - received);
  return { sent, due, received, lost, loss: due === 0 ? 0 : Math.round((10_000 * lost) / due) / 100, repeated };
}

/** The kinds of streams of which there was any. */
export function usedKinds(media: MediaReport): StreamKind[] {
  return kinds.filter((kind) => media[kind].sent > 0);
}
