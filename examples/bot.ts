import { joinRoom } from "../web/client/mod.ts";
import { weriftPlatform } from "../web/node/mod.ts";

// A bot in Node, on the same SDK as a page: greets who comes and answers what it is told.
//
//   npx node examples/bot.ts ws://127.0.0.1:8080/ws atrium

const [url = "ws://127.0.0.1:8080/ws", name = "atrium"] = process.argv.slice(2);
const room = await joinRoom(name, { url, name: "Bot", subscribe: "none", platform: weriftPlatform });
console.log(room.explain());

room.on("peer-joined", (peer) => room.sendData(`Hello, ${peer.name}!`, { to: [peer.id], topic: "chat" }));
room.on("data", ({ from, peer, topic, payload }) => {
  // Two bots would answer each other for ever.
  if (topic === "chat" && peer?.name !== "Bot") room.sendData(`You said: ${payload}`, { to: [from], topic: "chat" });
});
room.on("state-changed", () => console.log(room.explain()));
process.once("SIGINT", () => room.leave());
