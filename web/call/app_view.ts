import { h, type JSX } from "preact";
import type { App } from "./app.ts";
import { CallView } from "./call_view.ts";
import { LeftView } from "./left_view.ts";
import { LobbyView } from "./lobby_view.ts";
// Has components follow the signals that they read.
import "@preact/signals";

/** The screen that is shown. */
export function AppView({ app }: { readonly app: App }): JSX.Element {
  const call = app.call.value;
  if (app.screen.value === "call" && call !== null) return h(CallView, { app, call });
  return app.screen.value === "left" ? h(LeftView, { app }) : h(LobbyView, { app });
}
