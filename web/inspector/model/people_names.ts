import type { StepEvent } from "./step.ts";

/** What people call themselves, by the id of their client, and what their tracks show, by the id of the track. */
export class PeopleNames {
  readonly #names = new Map<string, string>();

  /** Undefined for who has not said. */
  get(id: string | undefined): string | undefined {
    return id === undefined ? undefined : this.#names.get(id);
  }

  /** Reads who is in a room. @returns whether anything is new */
  readRoom(context: unknown): boolean {
    const { members } = (context ?? {}) as { readonly members?: unknown };
    if (!Array.isArray(members)) return false;
    let isNew = false;
    for (const { id, name, tracks } of members as Partial<Record<string, unknown>>[]) {
      if (this.#note(id, name)) isNew = true;
      if (!Array.isArray(tracks)) continue;
      for (const track of tracks as Partial<Record<string, unknown>>[])
        if (this.#note(track["id"], track["source"] || track["kind"])) isNew = true;
    }
    return isNew;
  }

  /** Reads what somebody said of themselves as they joined. @returns whether it is new */
  readEvent(peerId: string | undefined, event: StepEvent): boolean {
    if (event.type !== "message.received") return false;
    const message = event["message"] as { readonly type?: unknown; readonly name?: unknown } | null | undefined;
    return message?.type === "join" && this.#note(peerId, message.name);
  }

  #note(id: unknown, name: unknown): boolean {
    if (typeof id !== "string" || typeof name !== "string" || name === "" || this.#names.get(id) === name) return false;
    this.#names.set(id, name);
    return true;
  }
}
