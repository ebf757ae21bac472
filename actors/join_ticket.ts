import { maxNameLength } from "../protocol/room.ts";
import type { RoomMessageOf } from "../protocol/room_message.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import { copyOfJson } from "./copy_of_json.ts";
import type { JoinRequest } from "./room_application.ts";
import type { SessionHandle } from "./session_handle.ts";

/** A join that is being decided, as the program sees it. */
export class JoinTicket implements JoinRequest {
  readonly session: SessionHandle;
  readonly room: string;
  readonly token: string | null;
  name: string;
  metadata: unknown;
  readonly message: RoomMessageOf<"join">;

  constructor(session: SessionHandle, message: RoomMessageOf<"join">) {
    this.session = session;
    this.room = message.room;
    this.token = message.token ?? null;
    this.name = message.name ?? "";
    this.metadata = message.metadata ?? null;
    this.message = message;
  }

  refuse(reason = "the application refused it"): never {
    throw new SignalboxError("forbidden", `Cannot join room "${this.room}": ${reason}`);
  }

  /**
   * What the program left of name and metadata.
   *
   * @throws {TypeError} when those are not what they have to be.
   */
  read(): { readonly name: string; readonly metadata: unknown } {
    const { name, metadata } = this;
    if (typeof name !== "string") throw new TypeError("Cannot use the name of a join request: it is no string");
    return { name: name.slice(0, maxNameLength), metadata: copyOfJson(metadata) };
  }
}
