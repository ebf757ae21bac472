import type { AskedServer, ServerTrouble } from "./network_facts.ts";

/** What the errors of a STUN or TURN server mean (RFC 8656, section 19; 701 is the W3C's), in plain sentences. */
const meanings: Readonly<Record<number, string>> = {
  300: "It sent the browser on to another server.",
  400: "It did not understand the browser.",
  401: "It refused the password.",
  403: "It forbids this browser to use it.",
  437: "It holds an older connection of this browser.",
  438: "It takes the password for outdated.",
  440: "It gives out no addresses of this kind.",
  441: "It refused the password.",
  442: "It does not relay what it was asked to.",
  486: "This user has as many relayed connections as the server allows.",
  500: "It has a fault of its own.",
  508: "It has no ports left.",
  701: "It cannot be reached.",
};

/** The codes that blame the credentials. */
const credentialCodes: readonly number[] = [401, 403, 438, 441];

/** Whether a server refused the credentials that the node gave out. */
export function isCredentialTrouble(trouble: ServerTrouble | null): boolean {
  return trouble !== null && credentialCodes.includes(trouble.code);
}

/** Says in a sentence what came of asking a server. */
export function sayServer({ kind, state, trouble, candidate }: AskedServer): string {
  if (state === "asking") return "Asking…";
  if (state === "unusable") return "This browser cannot use it.";
  if (state === "silent") return "Nobody answered.";
  if (state === "same") return "It had no other address to tell: nothing between you and it changes yours.";
  if (state === "answered") return kind === "stun" ? sawYou(candidate?.address ?? "") : "It relays for you.";
  if (trouble === null) return "It gave no address, and this browser does not say why.";
  return `${meanings[trouble.code] ?? "It refused."} (${troubleText(trouble)})`;
}

/** The browser's own words, for who looks them up. */
export function troubleText({ code, text }: ServerTrouble): string {
  const words = text.trim().replace(/\.$/, "");
  return words === "" ? `${code}` : `${code}: ${words}`;
}

function sawYou(address: string): string {
  return address === "" ? "It saw you." : `It saw you at ${address}.`;
}
