const key = "signalbox.tokens";

/**
 * The token of each room that a link brought into this tab: it outlives a reload, and the tab no longer than that. A token is taken
 * out of the address at once, since whoever got a copy of it would come in as its owner.
 */
export class TokenStore {
  readonly #tokens = new Map(readTokens());

  /** "" when there is none. */
  get(room: string): string {
    return this.#tokens.get(room) ?? "";
  }

  set(room: string, token: string): void {
    this.#tokens.set(room, token);
    try {
      sessionStorage.setItem(key, JSON.stringify([...this.#tokens]));
    } catch {
      // Storage is forbidden: it is known until the page is closed.
    }
  }
}

function readTokens(): [string, string][] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.filter((entry) => Array.isArray(entry) && typeof entry[1] === "string") : [];
  } catch {
    return [];
  }
}
