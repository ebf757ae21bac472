import { h, type JSX } from "preact";
import type { Box } from "./grid_layout.ts";
import { icon, qualityBars } from "./icon.ts";
import { initialsOf, toneOf } from "./initials.ts";
import type { Person } from "./person.ts";
import { sayQuality } from "./quality_words.ts";
import { VideoView } from "./video_view.ts";

/** Where a tile lies and what it shows. */
export interface TileProps {
  readonly person: Person;
  readonly shows: "person" | "screen";
  readonly box: Box;
  readonly isFeatured: boolean;
  readonly isSpeaking: boolean;
}

/** One person, or the screen that they share. */
export function TileView({ person, shows, box, isFeatured, isSpeaking }: TileProps): JSX.Element {
  const isScreen = shows === "screen";
  const picture = isScreen ? person.screen : person.camera;
  const name = person.isSelf ? `${person.name} (you)` : person.name;
  const title = isScreen ? `Screen of ${person.name}` : name;
  const quality = sayQuality(person.quality);
  return h(
    "li",
    {
      class: `tile${isScreen ? " screen" : ""}${isFeatured ? " featured" : ""}${box.height < 110 ? " small" : ""}`,
      style: {
        transform: `translate(${box.left}px, ${box.top}px)`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      },
      "data-person": person.id,
      "data-name": person.name,
      "data-shows": shows,
      "data-speaking": String(isSpeaking && !isScreen),
    },
    // Below the picture, and seen until it is there.
    isScreen
      ? null
      : h("div", { class: `avatar tone-${toneOf(person.name)}`, "aria-hidden": "true" }, initialsOf(person.name)),
    picture === null ? null : h(VideoView, { picture, label: isScreen ? title : `Camera of ${name}` }),
    person.isReconnecting ? h("p", { class: "tile-note" }, "Reconnecting…") : null,
    h(
      "div",
      { class: "tile-label" },
      person.isHeard || isScreen
        ? null
        : h("span", { class: "muted-mark" }, icon("microphone-off"), h("span", { class: "spoken" }, "Muted: ")),
      h("span", { class: "tile-name" }, title),
      isSpeaking && !isScreen ? h("span", { class: "spoken" }, ", speaking") : null,
    ),
    isScreen || person.quality === "unknown" || !(person.isHeard || person.camera !== null)
      ? null
      : h(
          "span",
          { class: "tile-quality", role: "img", title: quality.text, "aria-label": quality.text },
          qualityBars(quality.bars),
        ),
  );
}
