/** `maxFrameBytes` to `--max-frame-bytes`. */
export function flagName(name: string): string {
  return `--${fileKey(name)}`;
}

/** `maxFrameBytes` to `SIGNALBOX_MAX_FRAME_BYTES`. */
export function envName(name: string): string {
  return `SIGNALBOX_${fileKey(name).replaceAll("-", "_").toUpperCase()}`;
}

/** `maxFrameBytes` to `max-frame-bytes`, its key in `signalbox.json`. */
export function fileKey(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
