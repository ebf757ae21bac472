/** A fault in plain words: what is so, and what to do. */
export interface PlainWords {
  readonly title: string;
  readonly advice: string;
}

/** Whatever was thrown; a `ClientError` has a code. */
export interface Failure {
  readonly code?: string;
  readonly message: string;
}

const blocked = "Click the camera or lock symbol beside the address, allow it for this page, then try again.";

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

/** For faults of the room or the server. */
export function sayFault(failure: Failure): PlainWords {
  const known = endings[failure.code ?? ""];
  return known ?? { title: "Something did not work", advice: failure.message };
}

/** One fault for two where the same helps against both, as where the browser allows neither. */
export function mergeFaults(camera: PlainWords | null, microphone: PlainWords | null): PlainWords | null {
  if (camera === null || microphone === null || camera.advice !== microphone.advice) return null;
  return { title: camera.title.replace(/(?:the )?camera/, "camera and microphone"), advice: camera.advice };
}
