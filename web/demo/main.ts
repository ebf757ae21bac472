import { chosenTheme, wayBack } from "./call_page.ts";
import { diagnose } from "./diagnosis.ts";
import { setText } from "./dom.ts";
import type { EchoEvent } from "./echo_event.ts";
import { type Facts, isOver, learn, noFacts } from "./facts.ts";
import { MessageEcho } from "./message_echo.ts";
import { NetworkCheck } from "./network/network_check.ts";
import { page, swapButtons } from "./page.ts";
import { ProblemView } from "./problem_view.ts";
import { probeServer } from "./server_probe.ts";
import { StateHistory } from "./state_history.ts";
import { StateTimeline } from "./state_timeline.ts";
import { statusOf } from "./status_line.ts";
import { TestRun } from "./test_run.ts";

// The page in one turn: something happened -> what is known now -> what is shown. Nothing else holds state.

const history = new StateHistory();
const timeline = new StateTimeline(page.timeline);
const problems = new ProblemView(page.problem);
const messages = new MessageEcho(page.messages);
let facts: Facts = noFacts;
let run: TestRun | null = null;
let isShowing = false;

function happened(event: EchoEvent): void {
  const nowMs = performance.now();
  facts = learn(facts, event, nowMs);
  if (event.type === "state.changed") history.record(event.machine, event.state, nowMs);
  if (event.type === "socket.closed") void ask();
  if (isOver(facts)) end("lost");
  showSoon();
}

/** A socket that closed says little; whether the server still answers says what happened to it. */
async function ask(): Promise<void> {
  const asked = facts.startedAtMs;
  const hasAnswered = await probeServer();
  if (facts.startedAtMs === asked) happened({ type: "server.probed", hasAnswered });
}

/** Events come in bursts; drawing once after each keeps their times true. */
function showSoon(): void {
  if (isShowing) return;
  isShowing = true;
  queueMicrotask(show);
}

function show(): void {
  isShowing = false;
  timeline.write(history);
  const status = statusOf(facts, history.stepsOf("socket")[0]?.fromMs ?? facts.startedAtMs);
  setText(page.status, status.text);
  page.status.dataset["tone"] = status.tone;
  page.body.dataset["phase"] = facts.phase;
  page.body.dataset["media"] = page.withoutCamera.checked || hasNoCamera() ? "none" : "any";
  problems.show(diagnose(facts));
  page.withoutCameraLabel.hidden = facts.phase === "running";
  page.restartIce.hidden = facts.phase !== "running";
  page.restartIce.disabled = facts.close !== null || facts.states.signaling !== "stable" || !facts.hasAnswer;
}

function hasNoCamera(): boolean {
  return !["unused", "asked", "open", "ended"].includes(facts.camera);
}

function start(): void {
  history.clear();
  happened({
    type: "test.started",
    hasWebRtc: typeof RTCPeerConnection === "function",
    pageHost: location.hostname,
  });
  if (facts.phase !== "running") return;
  swapButtons(page.start, page.stop);
  run = new TestRun({ isWithoutCamera: page.withoutCamera.checked, messages, emit: happened });
}

function end(cause: "stopped" | "lost"): void {
  if (facts.phase !== "running") return;
  facts = learn(facts, { type: "test.ended", cause }, performance.now());
  const nowMs = performance.now();
  // Closing by one's own hand makes no events: what is closed now is written down here.
  for (const machine of ["socket", "signaling", "ice", "dtls", "connection"] as const) {
    if (history.stepsOf(machine).length > 0) history.record(machine, "closed", nowMs);
  }
  timeline.draw(history, nowMs);
  run?.close();
  run = null;
  messages.giveUp();
  swapButtons(page.stop, page.start);
  if (cause === "lost" && facts.close !== null) void ask();
  showSoon();
}

const network = new NetworkCheck(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`);
const { href, text } = wayBack(location.hash);
page.back.href = href;
setText(page.back, text);
const theme = chosenTheme(() => localStorage.getItem("signalbox.call"));
if (theme !== null) document.documentElement.dataset["theme"] = theme;
page.start.addEventListener("click", start);
page.stop.addEventListener("click", () => end("stopped"));
page.restartIce.addEventListener("click", () => run?.restartIce());
page.withoutCamera.addEventListener("change", show);
page.listen.addEventListener("change", () => {
  page.remote.muted = !page.listen.checked;
});
page.messageForm.addEventListener("submit", (event) => {
  event.preventDefault();
  if (page.message.value !== "" && messages.send(page.message.value)) page.message.value = "";
});
// A page that is left says goodbye, so that the server need not wait for silence.
window.addEventListener("pagehide", () => {
  network.close();
  end("stopped");
});
window.addEventListener("pageshow", ({ persisted }) => persisted && network.start());

setInterval(() => {
  if (facts.phase === "running") timeline.draw(history, performance.now());
}, 200);
show();
// Whoever opens the page wants to know; this asks for no camera and shows nothing to anybody.
network.start();
