import type { EncodingOptions } from "./encodings.ts";

/** What is said of a track that is published. */
export interface PublishOptions extends EncodingOptions {
  /** `camera`, `microphone`, `screen`, `screen-audio` or any other word; by default `microphone` or `camera`. */
  readonly source?: string;
  /** For people to read. */
  readonly name?: string;
  /** Whether `mute()` switches the camera off, with its light; true by default. Only for what the SDK opened. */
  readonly isReleasedWhenMuted?: boolean;
  /** Whether the room stops the track in the end; true for what its own methods opened. */
  readonly isOwned?: boolean;
}
