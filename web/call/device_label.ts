/** What of a device its name is made from: a `MediaDeviceInfo`. */
export type NamedDevice = Pick<MediaDeviceInfo, "deviceId" | "label">;

/** A device's name for people. Chromium puts "Default - " before the system's choice, and the numbers of its maker and model behind a USB device. */
export function sayDeviceName({ deviceId, label }: NamedDevice, unnamed: string): string {
  const name = label
    .replace(/ \([0-9a-f]{4}:[0-9a-f]{4}\)$/i, "")
    .replace(/^Default - /, "")
    .trim();
  if (deviceId !== "default") return name || unnamed;
  return name === "" || name === "Default" ? "System default" : `${name} (default)`;
}

/** The devices that one may choose from: not those that have no id before one is allowed, nor the system's second default, for telephony. */
export function choosable<T extends NamedDevice>(devices: readonly T[]): readonly T[] {
  return devices.filter(({ deviceId }) => deviceId !== "" && deviceId !== "communications");
}
