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
  /** Lies on another one. */
  readonly isFloating: boolean;
  readonly isSpeaking: boolean;
  /** Null where there is nothing to choose from. */
  readonly pin: TilePin | null;
}

/** How a tile is kept large. */
export interface TilePin {
  readonly isPinned: boolean;
  /** Whether the Tab key stops here. */
  readonly isReachable: boolean;
  readonly toggle: () => void;
  readonly focused: () => void;
}

/** One person, or the screen that they share. */
export function TileView(props: TileProps): JSX.Element {
  const { person, shows, box, isFeatured, isFloating, isSpeaking, pin } = props;
  const isScreen = shows === "screen";
  const picture = isScreen ? person.screen : person.camera;
  const title = titleOf(person, isScreen);
  const marks = [
    isScreen ? "screen" : "",
    isFeatured ? "featured" : "",
    isFloating ? "floating" : "",
    box.height < 110 ? "small" : "",
  ];
  return h(
    "li",
    {
      class: ["tile", ...marks.filter((mark) => mark !== "")].join(" "),
      style: {
        transform: `translate(${box.left}px, ${box.top}px)`,
        width: `${box.width}px`,
        height: `${box.height}px`,
        "--tile-height": `${box.height}px`,
      },
      "data-person": person.id,
      "data-name": person.name,
      "data-shows": shows,
      "data-speaking": String(isSpeaking && !isScreen),
    },
    // Below the picture, and seen until it is there.
    isScreen
      ? h("p", { class: "screen-wait", "aria-hidden": "true" }, "The screen is coming…")
      : h(
          "div",
          { class: `avatar tone-${toneOf(person.name)}`, "aria-hidden": "true" },
          h("span", null, initialsOf(person.name)),
        ),
    picture === null ? null : h(VideoView, { picture, label: isScreen ? title : `Camera of ${person.name}` }),
    person.isReconnecting ? h("p", { class: "tile-note" }, "Reconnecting…") : null,
    h(
      "div",
      { class: "tile-label" },
      person.isHeard || isScreen
        ? null
        : h("span", { class: "muted-mark" }, icon("microphone-off"), h("span", { class: "spoken" }, "Muted: ")),
      h("span", { class: "tile-name" }, title),
      isSpeaking && !isScreen ? h("span", { class: "spoken" }, ", speaking") : null,
      isScreen ? null : h(QualityMark, { person }),
    ),
    pin === null ? null : h(PinButton, { pin, title, tileKey: `${shows}:${person.id}` }),
    isScreen && isFeatured ? h(FullScreenButton, { title }) : null,
  );
}

/** How bad it is; where all is well there is nothing to be seen. */
function QualityMark({ person }: { readonly person: Person }): JSX.Element | null {
  if (person.quality === "unknown" || !(person.isHeard || person.camera !== null)) return null;
  const { bars, text } = sayQuality(person.quality);
  if (bars > 1) return null;
  return h("span", { class: "tile-quality", role: "img", title: text, "aria-label": text }, qualityBars(bars));
}

/** The whole tile is the button. */
function PinButton({
  pin,
  title,
  tileKey,
}: {
  readonly pin: TilePin;
  readonly title: string;
  readonly tileKey: string;
}) {
  return h(
    "button",
    {
      type: "button",
      class: "pin",
      "data-key": tileKey,
      "aria-label": `Pin ${title}`,
      "aria-pressed": pin.isPinned,
      // A long press on a phone would show it.
      ...(canHover() ? { title: pin.isPinned ? "Unpin" : "Keep large" } : {}),
      tabIndex: pin.isReachable ? 0 : -1,
      onClick: pin.toggle,
      onFocus: pin.focused,
    },
    h("span", { class: "pin-mark" }, icon("pin")),
  );
}

/** Shows a shared screen and nothing else, where the browser can; the same button, or Escape, ends that. */
function FullScreenButton({ title }: { readonly title: string }): JSX.Element | null {
  if (!document.fullscreenEnabled) return null;
  const toggle = async (event: Event) => {
    const tile = (event.currentTarget as HTMLElement).closest(".tile");
    try {
      await (document.fullscreenElement === null ? tile?.requestFullscreen() : document.exitFullscreen());
    } catch {
      // The browser does not want to: it stays as it is.
    }
  };
  const label = `Full screen: ${title}`;
  return h(
    "button",
    { type: "button", class: "full-screen", "aria-label": label, title: "Full screen", onClick: toggle },
    icon("expand"),
  );
}

/** Whether there is a pointer that can be held over something. */
function canHover(): boolean {
  return matchMedia("(any-hover: hover)").matches;
}

function titleOf({ name, isSelf }: Person, isScreen: boolean): string {
  if (isScreen) return isSelf ? "Your screen" : `Screen of ${name}`;
  return isSelf ? "You" : name;
}
