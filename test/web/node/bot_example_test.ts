import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { joinRoom } from "../../../web/client/mod.ts";
import { weriftPlatform } from "../../../web/node/mod.ts";
import { eventually } from "../../kit/eventually.ts";
import { startProgram } from "../../kit/start_program.ts";

test("[CL51] the example's bot greets and answers, and ends when it is told to", { timeout: 90_000 }, async () => {
  const { wsUrl } = await startProgram();
  const entry = fileURLToPath(new URL("../../../examples/bot.ts", import.meta.url));
  const bot = spawn(process.execPath, [entry, wsUrl, "atrium"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void bot.kill("SIGKILL"));
  const [line] = await once(createInterface({ input: bot.stdout }), "line");
  expect(line).toBe('In room "atrium". There is no media to send or to receive.');

  const room = await joinRoom("atrium", { url: wsUrl, name: "Ada", platform: weriftPlatform });
  onTestFinished(() => room.leave());
  const heard: unknown[] = [];
  room.on("data", ({ payload }) => heard.push(payload));
  await eventually(() => heard.length === 1, { what: "the greeting", timeoutMs: 30_000 });
  room.sendData("hi", { topic: "chat" });
  await eventually(() => heard.length === 2, { what: "the answer", timeoutMs: 30_000 });
  expect(heard).toEqual(["Hello, Ada!", "You said: hi"]);
  bot.kill("SIGINT");
  const [code] = await once(bot, "exit");
  expect(code).toBe(0);
  await eventually(() => room.peers.size === 0, { what: "the bot to be gone", timeoutMs: 30_000 });
});
