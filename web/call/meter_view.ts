import { h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { levelOf, smoothLevel } from "./level.ts";

/** How often a screen reader may be told another level; ours. */
const spokenEveryMs = 1_000;

/** Shows how loud a microphone is, so that one sees that it works. */
export function MeterView({ track }: { readonly track: MediaStreamTrack | null }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useEffect(
    () => (track === null || element.current === null ? undefined : watchLevel(track, element.current)),
    [track],
  );
  return h(
    "div",
    {
      ref: element,
      class: "meter",
      role: "meter",
      "aria-label": "Microphone level",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": 0,
    },
    h("div", { class: "meter-bar" }),
  );
}

function watchLevel(track: MediaStreamTrack, element: HTMLElement): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const bar = element.firstElementChild as HTMLElement;
  let shown = 0;
  let spokenAtMs = 0;
  let frame = 0;
  const draw = (nowMs: number) => {
    analyser.getFloatTimeDomainData(samples);
    shown = smoothLevel(shown, levelOf(samples));
    bar.style.transform = `scaleX(${shown.toFixed(3)})`;
    if (nowMs - spokenAtMs >= spokenEveryMs) {
      spokenAtMs = nowMs;
      element.setAttribute("aria-valuenow", String(Math.round(shown * 100)));
    }
    frame = requestAnimationFrame(draw);
  };
  // Without a click before, some browsers start it suspended.
  // One that is closed meanwhile needs no sound.
  const resume = () => void context.resume().catch(() => undefined);
  addEventListener("pointerdown", resume);
  frame = requestAnimationFrame(draw);
  return () => {
    cancelAnimationFrame(frame);
    removeEventListener("pointerdown", resume);
    bar.style.transform = "scaleX(0)";
    void context.close();
  };
}
