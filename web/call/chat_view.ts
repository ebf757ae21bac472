import { h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Call } from "./call.ts";
import { type ChatMessage, isContinued, maxTextLength, splitLinks } from "./chat_log.ts";
import { icon } from "./icon.ts";

/** The chat beside the call. */
export function ChatView({ call, close }: { readonly call: Call; readonly close: () => void }): JSX.Element {
  const { messages } = call.chat.value;
  const log = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  // Before the next key arrives: an effect after the picture would let the first letters of a fast writer be commands.
  useLayoutEffect(() => field.current?.focus(), []);
  useLayoutEffect(() => {
    if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [messages.length]);
  const send = () => {
    const text = field.current?.value.trim() ?? "";
    if (field.current !== null && text !== "" && call.sendChat(text)) field.current.value = "";
  };
  return h(
    "aside",
    { class: "side chat", "aria-label": "Chat" },
    h(
      "header",
      null,
      h("h2", null, "Chat"),
      h(
        "button",
        { type: "button", class: "square", "aria-label": "Close chat", title: "Close chat (Esc)", onClick: close },
        icon("close"),
      ),
    ),
    h(
      "div",
      { class: "chat-log", ref: log, role: "log", "aria-label": "Messages", tabIndex: 0 },
      messages.length === 0
        ? h("p", { class: "quiet" }, "Messages reach those who are here now. Nothing is stored.")
        : null,
      messages.map((message, index) =>
        h(MessageView, { key: message.id, message, isContinued: isContinued(messages[index - 1], message) }),
      ),
    ),
    h(
      "form",
      {
        class: "chat-form",
        onSubmit: (event: Event) => {
          event.preventDefault();
          send();
        },
      },
      h("label", { class: "spoken", for: "chat-text" }, "Message to everybody"),
      h("textarea", {
        id: "chat-text",
        ref: field,
        rows: 1,
        maxLength: maxTextLength,
        placeholder: "Message to everybody",
        onKeyDown: (event: KeyboardEvent) => {
          // Whoever writes Japanese or Chinese ends a word by Enter.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        },
      }),
      h(
        "button",
        { type: "submit", class: "square primary", "aria-label": "Send", title: "Send (Enter)" },
        icon("send"),
      ),
    ),
  );
}

function MessageView({
  message,
  isContinued: isMore,
}: {
  readonly message: ChatMessage;
  readonly isContinued: boolean;
}): JSX.Element {
  const time = new Date(message.atMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return h(
    "div",
    { class: `message${message.isOwn ? " own" : ""}${isMore ? " continued" : ""}` },
    isMore
      ? null
      : h(
          "p",
          { class: "message-head" },
          h("strong", null, message.isOwn ? "You" : message.author),
          " ",
          h("time", null, time),
        ),
    h(
      "p",
      { class: "message-text" },
      splitLinks(message.text).map((part, index) =>
        index % 2 === 1 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part,
      ),
    ),
  );
}
