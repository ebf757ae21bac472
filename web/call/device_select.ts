import { h, type JSX } from "preact";
import type { App } from "./app.ts";
import { canChooseSpeaker } from "./audio_output.ts";
import { type IconName, icon } from "./icon.ts";

/** The choice of camera, microphone and, where the browser can, speaker. */
export function DeviceSelects({ app }: { readonly app: App }): JSX.Element {
  const { cameras, microphones, speakers } = app.devices;
  return h("div", { class: "devices" }, [
    h(DeviceSelect, { app, kind: "camera", label: "Camera", devices: cameras.value }),
    h(DeviceSelect, { app, kind: "microphone", label: "Microphone", devices: microphones.value }),
    canChooseSpeaker && speakers.value.length > 0
      ? h(DeviceSelect, { app, kind: "speaker", label: "Speaker", devices: speakers.value })
      : null,
  ]);
}

interface SelectProps {
  readonly app: App;
  readonly kind: "camera" | "microphone" | "speaker";
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
}

function DeviceSelect({ app, kind, label, devices }: SelectProps): JSX.Element {
  const wanted = app.preferences.value[`${kind}Id`];
  const isThere = devices.some(({ deviceId }) => deviceId === wanted);
  const used = app.usedDevice(kind);
  const value = isThere ? wanted : devices.some(({ deviceId }) => deviceId === used) ? used : "";
  return h(
    "label",
    { class: "device" },
    icon(kind satisfies IconName),
    h("span", { class: "spoken" }, label),
    h(
      "select",
      {
        name: kind,
        value,
        disabled: devices.length === 0,
        onChange: (event: Event) => void app.chooseDevice(kind, (event.currentTarget as HTMLSelectElement).value),
      },
      value !== ""
        ? null
        : h("option", { value: "" }, devices.length === 0 ? `${label}: none known yet` : `${label}: default`),
      devices.map((device, index) =>
        h("option", { key: device.deviceId, value: device.deviceId }, device.label || `${label} ${index + 1}`),
      ),
    ),
  );
}
