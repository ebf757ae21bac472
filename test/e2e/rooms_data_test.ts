import { describe, expect } from "vitest";
import { dataShapes } from "../kit/room_e2e.ts";

describe.each(dataShapes)("$shape", ({ test }) => {
  test("[RE20] a room without any media: who comes, who goes, metadata and data", async ({ enter }) => {
    const first = await enter({ tracks: [], join: { name: "Ada" } });
    const second = await enter({ tracks: [], join: { name: "Grace" } });
    await first.others(1);
    await second.send({ type: "metadata", metadata: { hand: "up" } });
    await expect
      .poll(async () => (await first.members()).find(({ id }) => id === second.id)?.metadata)
      .toEqual({
        hand: "up",
      });
    await second.send({ type: "data", topic: "chat", payload: { text: "Grüße 🚂" } });
    expect(await first.call("moreData", 1)).toEqual([
      { from: second.id, topic: "chat", payload: { text: "Grüße 🚂" } },
    ]);
    await second.send({ type: "leave" });
    await first.others(0);
  });

  test("[RE21] data reaches everybody else, or those that are named, in the order it was sent", async ({ enter }) => {
    const first = await enter({ tracks: [] });
    const second = await enter({ tracks: [] });
    const third = await enter({ tracks: [] });
    await second.others(2);
    for (let number = 0; number < 50; number += 1) {
      await first.send({ type: "data", payload: number, ...(number % 5 === 0 ? { to: [third.id] } : {}) });
    }
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    const toThird = await third.call<{ payload: number }[]>("moreData", 50);
    expect(toThird.map(({ payload }) => payload)).toEqual(numbers);
    const toSecond = await second.call<{ payload: number }[]>("moreData", 40);
    expect(toSecond.map(({ payload }) => payload)).toEqual(numbers.filter((number) => number % 5 !== 0));
    expect(await first.call("data")).toEqual([]);
  });

  test("[RE22] what is wrong is told, and the room goes on", async ({ enter }) => {
    const first = await enter({ tracks: [] });
    const second = await enter({ tracks: [] });
    const outside = await enter({ tracks: null });
    expect(await outside.refused({ type: "data", payload: 1 })).toBe("not-joined");
    expect(await outside.refused({ type: "join", room: "no room" })).toBe("bad-message");
    expect(await first.refused({ type: "subscribe", track: "nothing" })).toBe("no-such-track");
    expect(await first.refused({ type: "mute", track: "nothing", muted: true })).toBe("no-such-track");
    await first.send({ type: "data", payload: "still here" });
    await second.call("moreData", 1);
  });

  test("[RE23] text and bytes on a room channel reach every other member with the sender's id", async ({ enter }) => {
    const guests = [await enter({ tracks: [] }), await enter({ tracks: [] }), await enter({ tracks: [] })] as const;
    const [first, second, third] = guests;
    for (const guest of guests) await guest.call("openChannel", "chat");
    await first.call("sendOn", "chat", ["Grüße 🚂", "", "a\nb"]);
    await first.call("sendBytesOn", "chat", [[0, 255, 10], [1]]);
    const expected = [
      { from: first.id, text: "Grüße 🚂" },
      { from: first.id, text: "" },
      { from: first.id, text: "a\nb" },
      { from: first.id, bytes: [0, 255, 10] },
      { from: first.id, bytes: [1] },
    ];
    for (const guest of [second, third]) expect(await guest.call("channelMessages", "chat", 5)).toEqual(expected);
    await second.call("sendOn", "chat", ["back"]);
    expect(await first.call("channelMessages", "chat", 1)).toEqual([{ from: second.id, text: "back" }]);
    expect(await first.call("channelMessageCount", "chat")).toBe(1);
  });

  test("[RE24] a reliable room channel keeps everything in order", async ({ enter }) => {
    const first = await enter({ tracks: [] });
    const second = await enter({ tracks: [] });
    for (const guest of [first, second]) await guest.call("openChannel", "log");
    const texts = Array.from({ length: 500 }, (_, number) => `${number}`);
    await first.call("sendOn", "log", texts);
    const messages = await second.call<{ text: string }[]>("channelMessages", "log", 500);
    expect(messages.map(({ text }) => text)).toEqual(texts);
  });

  test("[RE25] a room channel that may lose messages works, and stays apart from other labels", async ({ enter }) => {
    const first = await enter({ tracks: [] });
    const second = await enter({ tracks: [] });
    for (const guest of [first, second]) {
      await guest.call("openChannel", "cursor", { ordered: false, maxRetransmits: 0 });
      await guest.call("openChannel", "other");
    }
    await first.call("sendOn", "cursor", ["1,2"]);
    await first.call("sendBytesOn", "cursor", [[7]]);
    const messages = await second.call<object[]>("channelMessages", "cursor", 2);
    expect(messages).toEqual(
      expect.arrayContaining([
        { from: first.id, text: "1,2" },
        { from: first.id, bytes: [7] },
      ]),
    );
    expect(await second.call("channelMessageCount", "other")).toBe(0);
  });

  test("[RE26] rooms are apart from each other", async ({ enter }) => {
    const here = await enter({ tracks: [] });
    const elsewhere = await enter({ tracks: [], room: "elsewhere" });
    const alsoHere = await enter({ tracks: [] });
    await here.send({ type: "data", payload: "hello" });
    await alsoHere.call("moreData", 1);
    await elsewhere.others(0);
    expect(await elsewhere.call("data")).toEqual([]);
  });
});
