import { browserPlatform } from "./browser_platform.ts";
import { captureError } from "./capture_error.ts";
import { ClientError } from "./client_error.ts";
import type { Platform } from "./platform.ts";

/** How a camera or a microphone is opened; wishes, but for `deviceId`, which is a must. */
export interface CaptureOptions {
  /** From {@linkcode listDevices}; by default the browser's choice. */
  readonly deviceId?: string;
  /** For a camera: 1280 x 720 at 30 by default. */
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  /** For a microphone: echo, noise and loudness are worked on by default. */
  readonly isRaw?: boolean;
}

/** How a track was opened, so that it can be opened again. */
export interface Capture extends CaptureOptions {
  readonly source: "camera" | "microphone";
}

/** What a screen was shared as. */
export interface ScreenTracks {
  readonly video: MediaStreamTrack;
  /** When sound was shared, too. */
  readonly audio?: MediaStreamTrack;
}

const captures = new WeakMap<MediaStreamTrack, Capture>();

/** How a track was opened; undefined for one that the SDK did not open. */
export function captureOf(track: MediaStreamTrack): Capture | undefined {
  const capture = captures.get(track);
  if (capture === undefined) return undefined;
  const { deviceId } = track.getSettings();
  return deviceId === undefined ? capture : { ...capture, deviceId };
}

/**
 * Opens a camera, for a preview or to be published. Whoever opens it stops it, or has a room publish it.
 *
 * @throws {ClientError} that says what to do: `permission-denied`, `device-in-use`, `device-not-found`, `overconstrained`,
 *   `insecure-context` or `capture-failed`.
 */
export async function openCamera(options: CaptureOptions = {}, platform = browserPlatform): Promise<MediaStreamTrack> {
  return await reopen({ ...options, source: "camera" }, platform);
}

/** Opens a microphone, as {@linkcode openCamera} a camera. */
export async function openMicrophone(
  options: CaptureOptions = {},
  platform = browserPlatform,
): Promise<MediaStreamTrack> {
  return await reopen({ ...options, source: "microphone" }, platform);
}

/**
 * Opens both with one question to the person: a browser asks at once for what is wanted at once.
 *
 * @throws {ClientError} as {@linkcode openCamera}. None of the two is open then; either may work alone.
 */
export async function openCameraAndMicrophone(
  options: { readonly camera?: CaptureOptions; readonly microphone?: CaptureOptions } = {},
  platform = browserPlatform,
): Promise<{ readonly camera: MediaStreamTrack; readonly microphone: MediaStreamTrack }> {
  const devices = devicesOf(platform, "open camera and microphone");
  const video = { ...options.camera, source: "camera" } as const;
  const audio = { ...options.microphone, source: "microphone" } as const;
  try {
    const stream = await devices.getUserMedia({ ...constraintsOf(video), ...constraintsOf(audio) });
    const [camera] = stream.getVideoTracks();
    const [microphone] = stream.getAudioTracks();
    if (camera === undefined || microphone === undefined) throw new Error("the browser gave one track only");
    captures.set(camera, video).set(microphone, audio);
    return { camera, microphone };
  } catch (error) {
    throw captureError(error, "camera and microphone");
  }
}

/**
 * Has the person choose a screen, window or tab; must be called from a click.
 *
 * @throws {ClientError} `capture-canceled` when nothing was chosen, and as {@linkcode openCamera}.
 */
export async function openScreen(
  options: { readonly isSilent?: boolean } = {},
  platform = browserPlatform,
): Promise<ScreenTracks> {
  const devices = devicesOf(platform, "share a screen");
  // Browsers of phones have none.
  if (!("getDisplayMedia" in devices))
    throw new ClientError(
      "unsupported",
      "Cannot share a screen: this browser has none to share; use one of a computer",
    );
  try {
    const stream = await devices.getDisplayMedia({ video: true, audio: options.isSilent !== true });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    if (video === undefined) throw new Error("the browser gave no picture");
    return audio === undefined ? { video } : { video, audio };
  } catch (error) {
    throw captureError(error, "screen");
  }
}

/** The cameras or microphones; without their names until the person allowed one of them. */
export async function listDevices(
  kind: MediaDeviceKind,
  platform: Platform = browserPlatform,
): Promise<MediaDeviceInfo[]> {
  const devices = await devicesOf(platform, "list devices").enumerateDevices();
  return devices.filter((device) => device.kind === kind);
}

/** @internal Opens a device as it was opened before. */
export async function reopen(capture: Capture, platform: Platform): Promise<MediaStreamTrack> {
  const devices = devicesOf(platform, `open the ${capture.source}`);
  try {
    const stream = await devices.getUserMedia(constraintsOf(capture));
    const [track] = stream.getTracks();
    if (track === undefined) throw new Error("the browser gave no track");
    captures.set(track, capture);
    return track;
  } catch (error) {
    throw captureError(error, capture.source);
  }
}

/** @internal The same, or any other device of its kind when that one is gone. */
export async function reopenAny(capture: Capture, platform: Platform): Promise<MediaStreamTrack> {
  try {
    return await reopen(capture, platform);
  } catch (error) {
    const isGone = error instanceof ClientError && /^(overconstrained|device-not-found)$/.test(error.code);
    if (!isGone || capture.deviceId === undefined) throw error;
    const { deviceId: _, ...anyDevice } = capture;
    return await reopen(anyDevice, platform);
  }
}

function constraintsOf({ source, deviceId, width = 1280, height = 720, frameRate = 30, isRaw = false }: Capture) {
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  if (source === "camera") return { video: { ...device, width, height, frameRate } };
  return {
    audio: { ...device, echoCancellation: !isRaw, noiseSuppression: !isRaw, autoGainControl: !isRaw },
  };
}

function devicesOf({ mediaDevices, isSecure }: Platform, what: string): MediaDevices {
  if (mediaDevices !== undefined) return mediaDevices;
  throw new ClientError(
    isSecure ? "unsupported" : "insecure-context",
    `Cannot ${what}: there are no devices here; publish() takes a track of any other source`,
  );
}
