/** A fault in plain words: what is so, and what to do. */
export interface PlainWords {
  readonly title: string;
  readonly advice: string;
  /** What the program on the server said of it, in its own words; left out where it said nothing. */
  readonly reason?: string;
}

/** Whatever was thrown; a `ClientError` has a code. */
export interface Failure {
  readonly code?: string;
  readonly message: string;
}

const blocked = "Allow it for this page in the browser's settings (the symbol beside the address), then try again.";

/** For faults of a device: `what` is "camera", "microphone" or "screen". */
export function sayDevice(failure: Failure, what: "camera" | "microphone" | "screen"): PlainWords {
  const name = what === "screen" ? "screen sharing" : `the ${what}`;
  switch (failure.code) {
    case "permission-denied":
      return { title: `The browser does not allow ${name}`, advice: blocked };
    case "capture-canceled":
      return { title: "Nothing was shared", advice: "Choose a screen, window or tab when you want to share one." };
    case "device-not-found":
      return {
        title: `No ${what} was found`,
        advice: "Plug one in, or go on without: you can see and hear the others.",
      };
    case "device-in-use":
      return { title: `Another program uses ${name}`, advice: "Close it there, or choose another device here." };
    case "overconstrained":
      return { title: `That ${what} is not there any more`, advice: "Choose another one." };
    case "device-lost":
      return { title: `Your ${what} was unplugged`, advice: "Plug it in again, or choose another one." };
    case "insecure-context":
      return {
        title: `Browsers give no ${what} to this address`,
        advice: "Open the page by https, or on the machine itself as localhost.",
      };
    case "unsupported":
      return {
        title: `This browser has no ${what} for pages`,
        advice: "Use a current Chrome, Edge, Firefox or Safari.",
      };
    default:
      return { title: `The ${what} cannot be opened`, advice: failure.message };
  }
}

const endings: Readonly<Record<string, PlainWords>> = {
  "room-full": { title: "The room is full", advice: "Try again when somebody has left, or open another room." },
  forbidden: { title: "You may not join this room", advice: "Ask whoever invited you for a link that lets you in." },
  unauthorized: { title: "You may not join this room", advice: "Ask whoever invited you for a link that lets you in." },
  kicked: { title: "You were put out of the room", advice: "Ask whoever runs the room before you come back." },
  replaced: {
    title: "This call goes on in another window",
    advice: "You can take it back: then it goes on here, and the other one leaves it.",
  },
  unreachable: { title: "The server cannot be reached", advice: "Check your network, then try again." },
  timeout: {
    title: "The server takes too long",
    advice: "Try again in a moment; the connection check shows what is slow.",
  },
  silent: { title: "The server stopped answering", advice: "Try again in a moment." },
  "shutting-down": { title: "The server is being stopped", advice: "Try again in a moment." },
  "rate-limited": { title: "That was too much at once", advice: "Wait a moment, then try again." },
};

/** Why a call ended, or did not begin. */
export function sayEnding(failure: Failure): PlainWords {
  const words = endings[failure.code ?? ""] ?? { title: "Something did not work", advice: failure.message };
  const reason = reasonOf(failure);
  return reason === "" ? words : { ...words, reason };
}

/** What comes back by itself: the page says that the connection is not there, as long as it is not. */
const healed = [
  "shutting-down",
  "overloaded",
  "room-crashed",
  "peer-crashed",
  "negotiation-timeout",
  // An answer that came after the server's offer had expired: it offers again.
  "bad-state",
  "ice-failed",
  "dtls-failed",
  "slow-consumer",
  "silent",
  "timeout",
  "unreachable",
  "token-failed",
];

/** What the server refused in a call that goes on; null where nobody has to do anything. */
export function sayRefusal({ code = "", message }: Failure): PlainWords | null {
  if (healed.includes(code)) return null;
  if (code === "rate-limited") return endings[code] ?? null;
  return { title: "The server did not do that", advice: message };
}

/** The words of the program on the server, where the message has any. */
function reasonOf({ code, message }: Failure): string {
  const pattern =
    code === "kicked"
      ? /^Put out of the room: (.+?)(?:\. The server put this peer out.*)?$/s
      : /^Cannot join room "[^"]*": (.+)$/s;
  const reason = pattern.exec(message)?.[1] ?? "";
  return ["kicked", "forbidden", "unauthorized"].includes(code ?? "") && reason !== unsaid ? reason : "";
}

/** What a server says for a program that refuses somebody without a word. */
const unsaid = "the application refused it";

/** One fault for two where the same helps against both, as where the browser allows neither. */
export function mergeFaults(camera: PlainWords | null, microphone: PlainWords | null): PlainWords | null {
  if (camera === null || microphone === null || camera.advice !== microphone.advice) return null;
  const title = /no camera/i.test(camera.title)
    ? camera.title.replace("camera", "camera and no microphone")
    : camera.title.replace(/(?:the )?camera/, "camera and microphone");
  return { title, advice: camera.advice };
}
