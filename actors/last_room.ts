import type { Actor } from "xstate";
import type { sessionMachine } from "../machines/session_machine.ts";

/** The room that a session is in, or was in last: who left is found by it. */
export class LastRoom {
  /** Undefined for who was in none. */
  name: string | undefined;

  follow(session: Actor<typeof sessionMachine>): void {
    session.subscribe({
      next: ({ context }) => {
        this.name = context.join?.room ?? this.name;
      },
      // Its supervisor hears of it.
      error: () => undefined,
    });
  }
}
