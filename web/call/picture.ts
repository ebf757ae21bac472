import type { LocalTrack, RemoteTrack } from "../client/mod.ts";
import { chooseLayer } from "./layer_choice.ts";

/** A moving picture as the view knows it, wherever it comes from. */
export interface Picture {
  /** Another one when there is another picture to be attached. */
  readonly key: string;
  readonly isMirrored: boolean;
  attach(element: HTMLVideoElement): void;
  detach(element: HTMLVideoElement): void;
  /** Says how high it is shown, in device pixels: small pictures get a small layer. 0 when it is out of view. */
  show(height: number): void;
}

const known = new WeakMap<RemoteTrack, Picture>();

/** The picture of somebody else's track: the same one for the same track. */
export function remotePicture(track: RemoteTrack): Picture {
  const picture = known.get(track) ?? {
    key: track.id,
    isMirrored: false,
    attach: (element) => void track.attach(element),
    detach: (element) => track.detach(element),
    show: (height) => showTrack(track, height),
  };
  known.set(track, picture);
  return picture;
}

function showTrack(track: RemoteTrack, height: number): void {
  if (height === 0) {
    if (track.isSubscribed) track.unsubscribe();
    return;
  }
  const layer = chooseLayer(track.layers, height);
  if (layer !== track.layer) track.setLayer(layer);
  if (!track.isSubscribed) track.subscribe();
}

/** One's own picture, as in a mirror when it is the camera's. */
export function localPicture(track: Pick<LocalTrack, "mediaStreamTrack" | "source">): Picture {
  const { mediaStreamTrack, source } = track;
  return {
    key: mediaStreamTrack.id,
    isMirrored: source === "camera",
    attach(element) {
      element.srcObject = new MediaStream([mediaStreamTrack]);
    },
    detach(element) {
      element.srcObject = null;
    },
    show: () => undefined,
  };
}
