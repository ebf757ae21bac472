import type { CameraFailure } from "./echo_event.ts";

/** What could be opened of camera and microphone: a stream that the caller stops, or why there is none. */
export type LocalMedia =
  | { readonly stream: MediaStream }
  | { readonly failure: CameraFailure; readonly detail: string };

const picture: MediaTrackConstraints = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30 } };

/** From the best to what is better than nothing: a computer may well have only one of the two devices. */
const attempts: readonly MediaStreamConstraints[] = [
  { video: picture, audio: true },
  { video: picture, audio: false },
  { video: false, audio: true },
];

/** Asks for camera and microphone. Never throws: a test without either is still a test. */
export async function openLocalMedia(): Promise<LocalMedia> {
  if (!window.isSecureContext || navigator.mediaDevices === undefined) {
    return { failure: "insecure", detail: location.origin };
  }
  let worst: LocalMedia = { failure: "missing", detail: "" };
  for (const [index, constraints] of attempts.entries()) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(constraints) };
    } catch (error) {
      const failure = failureOf(error);
      // The first attempt says most: later ones fail for the device that the first one already missed.
      if (index === 0) worst = { failure, detail: String(error) };
      // Asking a second time after a refusal would only annoy.
      if (failure === "refused") return { failure, detail: String(error) };
    }
  }
  return worst;
}

/** Stops every track, so that the camera's light goes out. */
export function closeLocalMedia(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The names are those of Media Capture and Streams, section 10.2 (`getUserMedia`). */
function failureOf(error: unknown): CameraFailure {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotReadableError" || name === "AbortError") return "in-use";
  return "failed";
}
