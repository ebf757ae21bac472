/** Where the way back leads: into the room that the fragment names, or to the first screen of the calls. */
export function wayBack(hash: string): { readonly href: string; readonly text: string } {
  const isRoom = /^#[A-Za-z0-9_-]{1,64}$/.test(hash);
  return isRoom ? { href: `/${hash}`, text: "Back to the call" } : { href: "/", text: "To the calls" };
}

/** The colors that somebody chose on the call page; null where it is the system's, or storage is forbidden. */
export function chosenTheme(read: () => string | null): "light" | "dark" | null {
  try {
    const stored = JSON.parse(read() ?? "null") as { readonly theme?: unknown } | null;
    return stored?.theme === "light" || stored?.theme === "dark" ? stored.theme : null;
  } catch {
    return null;
  }
}
