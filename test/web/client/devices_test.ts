import { expect, test } from "vitest";
import { openCamera, openMicrophone, openScreen } from "../../../web/client/capture.ts";
import { Room } from "../../../web/client/room.ts";
import { settle } from "./fake_connection.ts";
import { FakePlatform, FakeServer } from "./fake_platform.ts";

/** A camera's or microphone's track. */
class FakeTrack extends EventTarget {
  readonly kind: string;
  readonly label: string;
  readonly deviceId: string;
  enabled = true;
  readyState = "live";

  constructor(kind: string, deviceId: string) {
    super();
    this.kind = kind;
    this.deviceId = deviceId;
    this.label = `device ${deviceId}`;
  }

  getSettings() {
    return { deviceId: this.deviceId };
  }

  stop(): void {
    this.readyState = "ended";
  }

  /** The device was pulled out. */
  unplug(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

/** Devices that a test plugs in and out. */
class FakeDevices extends EventTarget {
  cameras = ["one"];
  readonly opened: FakeTrack[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  /** Holds each device back until it is done. */
  gate: () => Promise<void> = async () => undefined;

  async getUserMedia(constraints: MediaStreamConstraints) {
    this.asked.push(constraints);
    const wanted = (constraints.video as { deviceId?: { exact: string } } | undefined)?.deviceId?.exact;
    await this.gate();
    const [id] = this.cameras.filter((each) => wanted === undefined || each === wanted);
    if (id === undefined) throw new DOMException("none", "NotFoundError");
    const track = new FakeTrack(constraints.video === undefined ? "audio" : "video", id);
    this.opened.push(track);
    return { getTracks: () => [track] };
  }

  async enumerateDevices() {
    return this.cameras.map((deviceId) => ({ kind: "videoinput", deviceId, label: deviceId }));
  }

  plug(...cameras: string[]): void {
    this.cameras = cameras;
    this.dispatchEvent(new Event("devicechange"));
  }
}

async function withCamera() {
  const platform = new FakePlatform();
  const devices = new FakeDevices();
  platform.mediaDevices = devices as unknown as MediaDevices;
  new FakeServer(platform);
  const room = new Room("atrium", { platform, statsIntervalMs: 0, subscribe: "none" });
  const told: string[] = [];
  for (const name of ["device-lost", "device-switched", "devices-changed", "local-track-unpublished"] as const) {
    room.on(name, () => told.push(name));
  }
  const done = room.join();
  await platform.pass(0);
  await done;
  const publishing = room.publishCamera();
  await settle();
  const info = { id: "c", kind: "video", source: "camera", name: "", muted: false };
  platform.socket.receive({ type: "track-published", peer: "me1", mid: "0", track: info });
  const local = await publishing;
  const mutes = () => platform.socket.sent.filter(({ type }) => type === "mute").map(({ muted }) => muted);
  return { platform, devices, room, told, local, mutes, sender: platform.connection.transceivers[0]?.sent };
}

test("[CL81] when a camera is gone another one is opened and takes its place without a negotiation", async () => {
  const { devices, told, local, mutes, sender } = await withCamera();
  devices.cameras = ["two"];
  devices.opened[0]?.unplug();
  await settle();
  expect(told).toEqual(["device-lost", "device-switched"]);
  expect(local.mediaStreamTrack).toBe(devices.opened[1]);
  expect(sender).toEqual([devices.opened[0], null, devices.opened[1]]);
  expect(mutes()).toEqual([true, false]);
});

test("[CL81] without another one it waits, and takes the first that is plugged in", async () => {
  const { devices, told, local, mutes } = await withCamera();
  devices.cameras = [];
  devices.opened[0]?.unplug();
  await settle();
  expect([local.isLost, local.isMuted, mutes()]).toEqual([true, true, [true]]);
  devices.plug();
  devices.plug("three");
  await settle();
  expect(told).toEqual(["device-lost", "devices-changed", "devices-changed", "device-switched"]);
  expect([local.isLost, local.isMuted, mutes()]).toEqual([false, false, [true, false]]);
});

test("[CL81] who unpublishes a lost camera, or leaves, hears of no other one", async () => {
  const { devices, told, local, room } = await withCamera();
  devices.cameras = [];
  devices.opened[0]?.unplug();
  await settle();
  local.unpublish();
  devices.plug("three");
  await settle();
  expect(told).toEqual(["device-lost", "local-track-unpublished", "devices-changed"]);
  room.leave();
  devices.plug("four");
  expect(told).toHaveLength(3);
});

test("[CL81] a muted camera is closed and opened again as it was; the choice of another one waits for that", async () => {
  const { devices, local, sender, mutes } = await withCamera();
  devices.cameras = ["one", "two"];
  await local.mute();
  expect([devices.opened[0]?.readyState, sender?.at(-1), mutes()]).toEqual(["ended", null, [true]]);
  await local.setDevice("two");
  expect(devices.opened).toHaveLength(1);
  await local.unmute();
  expect(devices.asked.at(-1)).toEqual({
    video: { deviceId: { exact: "two" }, width: 1280, height: 720, frameRate: 30 },
  });
  expect([sender?.at(-1), mutes()]).toEqual([devices.opened[1], [true, false]]);
});

test("[CL81] a camera that cannot be opened again leaves its track muted, and says why", async () => {
  const { devices, local, mutes } = await withCamera();
  await local.mute();
  devices.cameras = [];
  await expect(local.unmute()).rejects.toMatchObject({ code: "device-not-found" });
  expect([local.isMuted, mutes()]).toEqual([true, [true]]);
  devices.cameras = ["one"];
  await local.unmute();
  expect(local.isMuted).toBe(false);
});

test("[CL81] of several wishes in a row the last one counts, and no camera stays on", async () => {
  const { devices, local, mutes } = await withCamera();
  await Promise.all([local.mute(), local.unmute(), local.mute()]);
  expect(local.isMuted).toBe(true);
  expect(devices.opened.map(({ readyState }) => readyState)).not.toContain("live");
  await Promise.all([local.unmute(), local.unmute()]);
  expect(devices.opened.filter(({ readyState }) => readyState === "live")).toHaveLength(1);
  expect(mutes().at(-1)).toBe(false);
});

test("[CL81] a camera that was pulled out while it was muted has another one in its place", async () => {
  const { devices, local } = await withCamera();
  await local.mute();
  devices.cameras = ["two"];
  await local.unmute();
  expect(local.mediaStreamTrack).toBe(devices.opened[1]);
});

test("[CL81] a camera that starts after the room was left is switched off", async () => {
  const { devices, room } = await withCamera();
  const publishing = room.publishCamera();
  room.leave();
  await expect(publishing).rejects.toMatchObject({ code: "aborted" });
  expect(devices.opened.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
});

test("[CL81] another kind of track cannot take the place of a camera's", async () => {
  const { local } = await withCamera();
  const audio = new FakeTrack("audio", "x") as unknown as MediaStreamTrack;
  await expect(local.replaceTrack(audio)).rejects.toMatchObject({ code: "bad-state" });
});

test("[CL81] a page that is not secure is told so before it asks", async () => {
  const platform = new FakePlatform();
  platform.isSecure = false;
  for (const open of [openCamera, openMicrophone]) {
    await expect(open({}, platform)).rejects.toMatchObject({
      code: "insecure-context",
      message: expect.stringContaining("Open the page over https://"),
    });
  }
  await expect(openScreen({}, platform)).rejects.toMatchObject({ code: "insecure-context" });
  platform.isSecure = true;
  await expect(openCamera({}, platform)).rejects.toMatchObject({ code: "unsupported" });
});

test("[CL90] who is put out of the room or loses the media can still leave, and the camera goes off", async () => {
  for (const ended of [{ type: "peer-left", peer: "me1", reason: "kicked" }, { type: "bye" }]) {
    const { platform, devices, room } = await withCamera();
    platform.socket.receive(ended);
    room.leave();
    expect([room.state, devices.opened[0]?.readyState, room.localTracks.size]).toEqual(["left", "ended", 0]);
    await platform.pass(60_000);
    expect([room.state, platform.timerCount, platform.connections.length]).toEqual(["left", 0, 1]);
  }
});

test("[CL90] between two peer connections a camera is muted, unmuted, lost and taken out as ever", async () => {
  const { platform, devices, local, room, told } = await withCamera();
  platform.socket.receive({ type: "bye" });
  await local.mute();
  expect(devices.opened[0]?.readyState).toBe("ended");
  await local.unmute();
  devices.cameras = ["two"];
  devices.opened[1]?.unplug();
  await settle();
  expect(told).toEqual(["device-lost", "device-switched"]);
  expect(local.id).toBeNull();
  await platform.pass(1_000);
  expect(platform.connections).toHaveLength(2);
  expect(platform.connection.transceivers[0]?.sent).toEqual([devices.opened[2]]);
  platform.socket.receive({ type: "bye" });
  local.unpublish();
  expect([devices.opened[2]?.readyState, room.localTracks.size]).toEqual(["ended", 0]);
});

test("[CL90] leaving does all its steps although one of them fails, and that is not lost", async () => {
  const { platform, room } = await withCamera();
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.once("uncaughtException", (error) => uncaught.push(error));
  for (const transceiver of platform.connection.transceivers) {
    transceiver.stop = () => {
      throw new Error("no");
    };
  }
  room.leave();
  await settle();
  for (const listener of listeners) process.on("uncaughtException", listener);
  expect([room.state, uncaught]).toEqual(["left", [new Error("no")]]);
});

test("[CL81] what the page listens to on its own tracks stays", async () => {
  const { devices, local } = await withCamera();
  const heard: string[] = [];
  const mine = devices.opened[0] as FakeTrack & { onended?: () => void };
  mine.onended = () => heard.push("onended");
  mine.addEventListener("ended", () => heard.push("ended"));
  await local.replaceTrack(new FakeTrack("video", "x") as unknown as MediaStreamTrack);
  mine.onended?.();
  mine.unplug();
  expect([heard, local.isLost]).toEqual([["onended", "ended"], false]);
});

const live = ({ opened }: FakeDevices) =>
  opened.filter(({ readyState }) => readyState === "live").map(({ deviceId }) => deviceId);

test("[CL94] a device that starts after the camera was muted is switched off, and is the one that is unmuted", async () => {
  const { devices, local } = await withCamera();
  devices.cameras = ["one", "two"];
  const gate = Promise.withResolvers<void>();
  devices.gate = () => gate.promise;
  const choosing = local.setDevice("two");
  await settle();
  const muting = local.mute();
  gate.resolve();
  await Promise.all([choosing, muting]);
  expect(live(devices)).toEqual([]);
  await local.unmute();
  expect(live(devices)).toEqual(["two"]);
});

test("[CL94] a camera that starts after it was muted again is switched off, and is not sent", async () => {
  const { devices, local, sender, mutes } = await withCamera();
  await local.mute();
  const gate = Promise.withResolvers<void>();
  devices.gate = () => gate.promise;
  const unmuting = local.unmute();
  await settle();
  const muting = local.mute();
  gate.resolve();
  await Promise.all([unmuting, muting]);
  expect([live(devices), local.isMuted, mutes(), sender?.at(-1)]).toEqual([[], true, [true], null]);
  expect(devices.opened).toHaveLength(2);
  await local.unmute();
  expect(live(devices)).toEqual(["one"]);
});

test("[CL94] of several devices in a row the last one is sent, however slow another was, and is the only one that is on", async () => {
  const { devices, local } = await withCamera();
  devices.cameras = ["one", "two", "three"];
  const slow = Promise.withResolvers<void>();
  devices.gate = () => slow.promise;
  const first = local.setDevice("two");
  await settle();
  devices.gate = async () => undefined;
  const second = local.setDevice("three");
  await settle();
  slow.resolve();
  await Promise.all([first, second]);
  expect([live(devices), local.mediaStreamTrack.label]).toEqual([["three"], "device three"]);
});

test("[CL94] a lost camera that was muted is found again without being switched on", async () => {
  const { devices, local, told } = await withCamera();
  devices.cameras = [];
  devices.opened[0]?.unplug();
  await settle();
  await local.mute();
  devices.plug("two");
  await settle();
  expect([live(devices), local.isLost, local.isMuted, told.at(-1)]).toEqual([[], false, true, "device-switched"]);
  await local.unmute();
  expect(live(devices)).toEqual(["two"]);
});

test("[CL94] what the room opened is stopped in the end, what the page opened is not, whichever is sent", async () => {
  const { devices, local, room } = await withCamera();
  const mine = new FakeTrack("video", "mine");
  await local.replaceTrack(mine as unknown as MediaStreamTrack);
  expect(live(devices)).toEqual(["one"]);
  room.leave();
  expect([live(devices), mine.readyState]).toEqual([[], "live"]);
});

test("[CL94] a device that was chosen for the page's own track is the room's to stop", async () => {
  const { platform, devices, room } = await withCamera();
  devices.cameras = ["one", "two"];
  const own = await openCamera({}, platform);
  void room.publish(own, { source: "second" }).catch(() => undefined);
  const local = [...room.localTracks].at(-1);
  await local?.setDevice("two");
  expect([own.readyState, local?.mediaStreamTrack.label]).toEqual(["ended", "device two"]);
  room.leave();
  expect(live(devices)).toEqual([]);
});
