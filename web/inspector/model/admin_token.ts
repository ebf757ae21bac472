const key = "signalbox.admin-token";

/** The operator's token, as long as the tab is open: never in the address, and with no other tab. */
export class AdminToken {
  #token: string;

  constructor() {
    this.#token = stored();
  }

  get isKnown(): boolean {
    return this.#token !== "";
  }

  /** "" forgets it. */
  set(token: string): void {
    this.#token = token;
    try {
      if (token === "") sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, token);
    } catch {
      // Storage is forbidden: it is known until the page is closed.
    }
  }

  /** For `fetch`. */
  get headers(): Record<string, string> {
    return this.isKnown ? { authorization: `Bearer ${this.#token}` } : {};
  }

  /** For a WebSocket, which a page can set no headers of. */
  get subprotocols(): string[] {
    return this.isKnown ? ["signalbox.inspect", `bearer.${base64url(this.#token)}`] : ["signalbox.inspect"];
  }
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function stored(): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
