import { expect } from "vitest";
import { clientTest as test } from "../kit/client_e2e.ts";

test("[CL30] a refused permission is said in words, and the room goes on without", async ({
  enter,
  strictChromium,
}) => {
  const first = await enter();
  const second = await enter({ browser: strictChromium, sends: [] });
  for (const [method, source] of [
    ["publishCamera", "camera"],
    ["publishMicrophone", "microphone"],
  ] as const) {
    expect(await second.call("refusal", method)).toEqual({
      name: "ClientError",
      code: "permission-denied",
      message: `Cannot open the ${source}: the browser or the person said no. Allow the page to use it in the browser's site settings, then try again.`,
    });
  }
  expect(await second.call("localTracks")).toEqual([]);
  await second.sees(first);
});

test("[CL31] an unplugged camera is told, and another takes its place", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.sees(first);
  await first.call("unplug", "camera");
  await first.call("saw", "device-lost");
  await first.call("saw", "device-switched");
  expect(await first.call("events")).toContainEqual({
    name: "device-lost",
    value: expect.objectContaining({ of: "camera" }),
  });
  await second.sees(first, "camera", 10);
  expect(await first.call("localTracks")).toContainEqual(
    expect.objectContaining({ source: "camera", isLost: false, isMuted: false }),
  );
});

test("[CL32] without another camera the others see it muted, until one is plugged in", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.sees(first);
  await first.call("unplug", "camera", true);
  await second.call("mutedIs", first.id, "camera", true);
  expect(await first.call("localTracks")).toContainEqual(
    expect.objectContaining({ source: "camera", isLost: true, isMuted: true }),
  );
  await second.hears(first);
  await first.call("plug");
  await first.call("saw", "devices-changed");
  await first.call("saw", "device-switched");
  await second.call("mutedIs", first.id, "camera", false);
  await second.sees(first, "camera", 10);
});

test("[CL33] a browser that plays nothing before a click is told, and plays after it", async ({
  enter,
  strictChromium,
}) => {
  const first = await enter();
  const second = await enter({ browser: strictChromium, sends: [], isUntouched: true });
  await second.call("saw", "playback-blocked");
  expect(await second.call("isPlaying", first.id, "microphone")).toBe(false);
  expect(await second.call("refusal", "resumePlayback")).toMatchObject({
    code: "autoplay-blocked",
    message: expect.stringContaining("Call room.resumePlayback() from a click"),
  });
  await (second.page as unknown as { click(): Promise<void> }).click();
  await second.call("resumePlayback");
  expect(await second.call("isPlaying", first.id, "microphone")).toBe(true);
  await second.sees(first);
});

test("[CL34] devices are listed, tried in a preview and chosen", async ({ enter }) => {
  const guest = await enter();
  const cameras = await guest.call<{ deviceId: string; label: string }[]>("devices", "videoinput");
  expect(cameras.length).toBeGreaterThan(0);
  expect(cameras[0]?.label).not.toBe("");
  const deviceId = cameras[0]?.deviceId;
  expect(await guest.call("preview", "camera", { deviceId, width: 320, height: 180 })).toMatchObject({
    deviceId,
    width: 320,
  });
  await guest.call("setDevice", "camera", deviceId);
  expect(await guest.call("refusal", "preview", "camera", { deviceId: "none" })).toMatchObject({
    code: "overconstrained",
    message: expect.stringContaining("Cannot open the camera: none is as wished (deviceId)"),
  });
});

test("[CL35] a screen is shared with its sound, until the person stops it in the browser", async ({ enter }) => {
  const first = await enter({ sends: [] });
  const second = await enter({ sends: [] });
  expect(await first.call("publishFakeScreen")).toEqual(["screen", "screen-audio"]);
  await second.call("published", first.id, "screen-audio");
  await second.sees(first, "screen");
  await first.call("unplug", "screen");
  await second.call("unpublished", first.id, "screen");
  await first.call("saw", "local-track-unpublished");
});
