/** What the page remembers of somebody, in this browser only. */
export interface Preferences {
  readonly name: string;
  /** "" for the browser's choice. */
  readonly cameraId: string;
  readonly microphoneId: string;
  readonly speakerId: string;
  readonly isCameraWanted: boolean;
  readonly isMicrophoneWanted: boolean;
  readonly theme: "system" | "light" | "dark";
  /** Whether single keys do something in a call (WCAG 2.1.4: it can be turned off). */
  readonly hasShortcuts: boolean;
}

export const defaultPreferences: Preferences = {
  name: "",
  cameraId: "",
  microphoneId: "",
  speakerId: "",
  isCameraWanted: true,
  isMicrophoneWanted: true,
  theme: "system",
  hasShortcuts: true,
};

const key = "signalbox.call";

/** What is remembered, each part of it only where it is of the right kind. */
export function parsePreferences(text: string | null): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "{}");
  } catch {
    return defaultPreferences;
  }
  if (typeof stored !== "object" || stored === null) return defaultPreferences;
  const known = Object.entries(stored).filter(
    ([name, value]) =>
      name in defaultPreferences && typeof value === typeof defaultPreferences[name as keyof Preferences],
  );
  const preferences = { ...defaultPreferences, ...Object.fromEntries(known) } as Preferences;
  return ["system", "light", "dark"].includes(preferences.theme) ? preferences : { ...preferences, theme: "system" };
}

/** Reads what is remembered; the defaults where storage is forbidden. */
export function loadPreferences(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(key));
  } catch {
    return defaultPreferences;
  }
}

/** Remembers; where storage is forbidden, until the page is closed. */
export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // A private window: nothing to be done, and nothing lost but comfort.
  }
}
