import { setText } from "./dom.ts";
import { durationText } from "./duration_text.ts";
import { EchoConnection } from "./echo_connection.ts";
import type { EchoEvent } from "./echo_event.ts";
import { drawLatency } from "./latency_chart.ts";
import { closeLocalMedia, openLocalMedia } from "./local_media.ts";
import type { MessageEcho } from "./message_echo.ts";
import { page, pathElements } from "./page.ts";
import { showPath, videoText } from "./path_view.ts";
import { type Ping, RoundTrip, summarize } from "./round_trip.ts";
import { readStats } from "./stats_reading.ts";

/** What one test needs from the page. */
export interface TestRunOptions {
  readonly isWithoutCamera: boolean;
  readonly messages: MessageEcho;
  readonly emit: (event: EchoEvent) => void;
}

/** One test from the button to the end: opens the camera, connects, measures, shows; `close` undoes all of it. */
export class TestRun {
  readonly #options: TestRunOptions;
  #stream: MediaStream | null = null;
  #connection: EchoConnection | null = null;
  #roundTrip: RoundTrip | null = null;
  #statsTimer: ReturnType<typeof setInterval> | undefined;
  /** The packets of the returned picture that were counted last. */
  #packets = 0;
  #isClosed = false;

  /** Begins at once. */
  constructor(options: TestRunOptions) {
    this.#options = options;
    showEmpty();
    void this.#run();
  }

  /** Looks for a new way to the server without ending the test. */
  restartIce(): void {
    this.#connection?.restartIce();
  }

  /** Hangs up, and lets go of camera and microphone. What was measured stays to be read. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#statsTimer);
    this.#roundTrip?.stop();
    this.#connection?.close();
    if (this.#stream !== null) closeLocalMedia(this.#stream);
    page.local.srcObject = page.remote.srcObject = null;
    page.local.hidden = page.remote.hidden = true;
    page.listenLabel.hidden = true;
    page.message.disabled = page.send.disabled = true;
    setText(page.localDetail, "");
    setText(page.remoteDetail, "");
  }

  async #run(): Promise<void> {
    if (!this.#options.isWithoutCamera) await this.#openCamera();
    if (this.#isClosed) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#connection = new EchoConnection({
      url: `${scheme}//${location.host}/ws`,
      stream: this.#stream,
      emit: (event) => this.#options.emit(event),
      created: (pings, messages) => this.#created(pings, messages),
      showReturned: (stream) => showReturned(stream),
    });
    this.#statsTimer = setInterval(() => void this.#readStats(), 1_000);
    page.remote.onresize = () => this.#connection?.confirm("picture");
  }

  async #openCamera(): Promise<void> {
    this.#options.emit({ type: "camera.asked" });
    const media = await openLocalMedia();
    if ("failure" in media) {
      this.#options.emit({ type: "camera.failed", reason: media.failure, detail: media.detail });
      return;
    }
    if (this.#isClosed) return closeLocalMedia(media.stream);
    this.#stream = media.stream;
    const [hasVideo, hasAudio] = [media.stream.getVideoTracks().length > 0, media.stream.getAudioTracks().length > 0];
    this.#options.emit({ type: "camera.opened", hasVideo, hasAudio });
    for (const track of media.stream.getTracks()) {
      track.addEventListener("ended", () => this.#options.emit({ type: "camera.ended" }));
    }
    if (!hasVideo) return;
    page.local.srcObject = media.stream;
    page.local.hidden = false;
  }

  #created(pings: RTCDataChannel, messages: RTCDataChannel): void {
    this.#roundTrip = new RoundTrip(pings, (measured, hasReturned) => {
      if (hasReturned) this.#connection?.confirm("pong");
      showRoundTrip(measured);
    });
    this.#options.messages.attach(messages, (isOpen) => {
      page.message.disabled = page.send.disabled = !isOpen;
    });
  }

  async #readStats(): Promise<void> {
    const report = await this.#connection?.peer?.getStats();
    if (report === undefined || this.#isClosed) return;
    const reading = readStats(report);
    if (reading.checks !== null) this.#options.emit({ type: "checks.counted", ...reading.checks });
    if (reading.pair !== null) showPath(pathElements, reading.pair);
    const packets = reading.returnedVideo?.packets ?? 0;
    if (page.remote.videoWidth > 0 && packets > this.#packets) this.#connection?.confirm("picture");
    this.#packets = packets;
    setText(page.localDetail, videoText(reading.sentVideo));
    setText(page.remoteDetail, videoText(reading.returnedVideo));
  }
}

function showEmpty(): void {
  setText(page.rtt, "–");
  setText(page.rttSummary, "");
  drawLatency(page.rttChart, []);
  setText(pathElements.summary, "");
  for (const key of ["local", "remote", "protocol"]) delete pathElements.container.dataset[key];
  const { localAddress, localType, remoteAddress, remoteType, protocol, roundTrip } = pathElements;
  for (const element of [localAddress, remoteAddress, roundTrip]) setText(element, "–");
  for (const element of [localType, remoteType, protocol]) setText(element, "");
}

function showReturned(stream: MediaStream): void {
  if (page.remote.srcObject !== stream) page.remote.srcObject = stream;
  page.remote.muted = !page.listen.checked;
  page.remote.hidden = stream.getVideoTracks().length === 0;
  page.listenLabel.hidden = stream.getAudioTracks().length === 0;
}

function showRoundTrip(pings: readonly Ping[]): void {
  const summary = summarize(pings);
  const newest = pings.at(-1);
  setText(page.rtt, typeof newest === "number" ? durationText(newest) : "lost");
  drawLatency(page.rttChart, pings);
  if (summary === null) return;
  const lost = summary.lost === 0 ? "none lost" : `${summary.lost} of ${pings.length} lost`;
  setText(
    page.rttSummary,
    `Median ${durationText(summary.median)}, largest ${durationText(summary.largest)}, ${lost}.`,
  );
}
