import { h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Picture } from "./picture.ts";

/** What a video element of the page shows. */
export interface VideoProps {
  readonly picture: Picture;
  /** What it is, for screen readers. */
  readonly label: string;
}

/** A moving picture. Its sound is played elsewhere. */
export function VideoView({ picture, label }: VideoProps): JSX.Element {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (video === null) return undefined;
    video.muted = true;
    picture.attach(video);
    return () => picture.detach(video);
  }, [picture.key]);
  const className = picture.isMirrored ? "picture mirrored" : "picture";
  return h("video", {
    ref: element,
    class: className,
    autoplay: true,
    playsInline: true,
    muted: true,
    "aria-label": label,
  });
}
