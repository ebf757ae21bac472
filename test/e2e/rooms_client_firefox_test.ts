import { expect } from "vitest";
import { clientTest as test } from "../kit/client_e2e.ts";

test("[CL40] Firefox joins, publishes, and sees and hears Chromium, as Chromium does Firefox", async ({
  enter,
  firefox,
}) => {
  const inFirefox = await enter({ browser: firefox });
  const inChromium = await enter();
  for (const [guest, other] of [
    [inFirefox, inChromium],
    [inChromium, inFirefox],
  ] as const) {
    await guest.call("published", other.id, "camera");
    expect(await guest.sees(other)).toBeGreaterThan(0);
    await guest.hears(other);
  }
  await inFirefox.call("mute", "camera");
  await inChromium.call("mutedIs", inFirefox.id, "camera", true);
  await inFirefox.call("unmute", "camera");
  await inChromium.sees(inFirefox, "camera", 10);
  for (const guest of [inFirefox, inChromium]) await guest.call("openChannel", "chat");
  await inFirefox.call("sendText", "chat", "bonjour");
  expect(await inChromium.call("channelGot", "chat", 1)).toEqual([{ from: inFirefox.id, text: "bonjour" }]);
  await inFirefox.call("unpublish", "camera");
  await inChromium.call("unpublished", inFirefox.id, "camera");
});
