/** A message of the chat, as it is shown. */
export interface ChatMessage {
  readonly id: number;
  readonly author: string;
  readonly isOwn: boolean;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** The chat of one call; a value. */
export interface ChatLog {
  readonly messages: readonly ChatMessage[];
  /** How many came while nobody looked. */
  readonly unread: number;
  readonly nextId: number;
}

/** Longest message and longest log; ours, so that a talkative room does not fill the memory. */
export const maxTextLength = 2_000;
const maxMessages = 500;

export const emptyChat: ChatLog = { messages: [], unread: 0, nextId: 1 };

/** Adds a message. `isSeen` says whether the chat is open. */
export function addMessage(log: ChatLog, message: Omit<ChatMessage, "id">, isSeen: boolean): ChatLog {
  return {
    messages: [...log.messages, { ...message, id: log.nextId }].slice(-maxMessages),
    unread: isSeen || message.isOwn ? log.unread : log.unread + 1,
    nextId: log.nextId + 1,
  };
}

/** Nothing is unread any more. */
export function readAll(log: ChatLog): ChatLog {
  return log.unread === 0 ? log : { ...log, unread: 0 };
}

/** The text of a message as it came over the wire: `{ text }`, as this page sends it, or a bare string; undefined for anything else. */
export function textOfPayload(payload: unknown): string | undefined {
  const text = typeof payload === "object" && payload !== null && "text" in payload ? payload.text : payload;
  if (typeof text !== "string" || text.trim() === "") return undefined;
  return text.trim().slice(0, maxTextLength);
}

/** Whether a message follows one of the same author closely enough to need no name of its own. */
export function isContinued(before: ChatMessage | undefined, message: ChatMessage): boolean {
  if (before === undefined || before.isOwn !== message.isOwn || before.author !== message.author) return false;
  return message.atMs - before.atMs < 120_000;
}

/** A message in parts, so that addresses can be links: every second one is an address. */
export function splitLinks(text: string): readonly string[] {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]}])/i);
}
