import { parseMessage } from "werift";

/** Longest first frame of a connection, in bytes. Browsers send some 130, a user name has 513 at most (RFC 8489, 14.3). Ours. */
export const maxFirstFrameBytes = 1_024;

/** Of the length before each frame (RFC 4571, 2), and of what is enough of a STUN message to know it by (RFC 8489, 5). */
const lengthBytes = 2;
const stunHeaderBytes = 20;
/** A binding request, and what follows its length (RFC 8489, 5 and 18.2). */
const bindingRequest = 0x0001;
const magicCookie = 0x2112a442;

/** A binding request, not yet known to be of whom it says. */
export interface FirstRequest {
  /** The user fragment of the agent that it is for (RFC 8445, 7.2.2). */
  readonly fragment: string;
  isSignedWith(password: string): boolean;
}

/**
 * Reads what came first by a TCP connection: a frame (RFC 4571) with a binding request.
 *
 * @returns `"partial"` while more has to come, `"refused"` as soon as it cannot be one
 */
export function readFirstRequest(bytes: Buffer): FirstRequest | "partial" | "refused" {
  if (bytes.length < lengthBytes) return "partial";
  const frameBytes = bytes.readUInt16BE(0);
  if (frameBytes < stunHeaderBytes || frameBytes > maxFirstFrameBytes) return "refused";
  const frame = bytes.subarray(lengthBytes, lengthBytes + frameBytes);
  if (frame.length >= 2 && frame.readUInt16BE(0) !== bindingRequest) return "refused";
  if (frame.length >= 8 && frame.readUInt32BE(4) !== magicCookie) return "refused";
  if (frame.length < frameBytes) return "partial";
  const userName: unknown = parseMessage(frame)?.getAttributeValue("USERNAME");
  const [fragment, ...rest] = typeof userName === "string" ? userName.split(":") : [];
  if (fragment === undefined || rest.length === 0) return "refused";
  return { fragment, isSignedWith: (password) => parseMessage(frame, Buffer.from(password)) !== undefined };
}
