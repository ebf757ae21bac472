import type { Application } from "../mod.ts";
import { echo } from "./echo.ts";

/** A program with rooms: lets in who knows the password, and has a host in every room who greets and answers. */
export const greeter: Application = {
  ...echo,
  joinRequested(request) {
    if (request.token !== "open sesame") request.refuse("the password is wrong");
  },
  roomOpened(room) {
    const host = room.join({ name: "Host" });
    host.ondata = ({ from, payload }) => host.sendData({ heard: payload }, { to: [from.id], topic: "chat" });
    room.onmemberjoined = ({ id, name }) => host.sendData(`Welcome, ${name}!`, { to: [id], topic: "chat" });
  },
};
