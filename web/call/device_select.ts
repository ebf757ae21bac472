import { h, type JSX } from "preact";
import type { App } from "./app.ts";
import { canChooseSpeaker } from "./audio_output.ts";
import { choosable, sayDeviceName } from "./device_label.ts";
import { type IconName, icon } from "./icon.ts";

/** The choice of camera, microphone and, where the browser can, speaker. */
export function DeviceSelects({ app }: { readonly app: App }): JSX.Element {
  const { cameras, microphones, speakers } = app.devices;
  return h("div", { class: "devices" }, [
    h(DeviceSelect, { app, kind: "camera", label: "Camera", devices: cameras.value }),
    h(DeviceSelect, { app, kind: "microphone", label: "Microphone", devices: microphones.value }),
    canChooseSpeaker && choosable(speakers.value).length > 0
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
  const choices = choosable(devices);
  const candidates = [app.preferences.value[`${kind}Id`], app.usedDevice(kind), "default"];
  const value = candidates.find((id) => choices.some(({ deviceId }) => deviceId === id)) ?? "";
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
        disabled: choices.length === 0,
        onChange: (event: Event) => void app.chooseDevice(kind, (event.currentTarget as HTMLSelectElement).value),
      },
      value !== "" ? null : h("option", { value: "" }, noneText(label, devices.length, choices.length)),
      choices.map((device, index) =>
        h("option", { key: device.deviceId, value: device.deviceId }, sayDeviceName(device, `${label} ${index + 1}`)),
      ),
    ),
  );
}

/** What stands where no device is chosen. */
function noneText(label: string, there: number, named: number): string {
  if (named > 0) return `${label}: the system's choice`;
  return there > 0 ? `${label}: not allowed yet` : `${label}: none found`;
}
