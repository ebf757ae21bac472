import puppeteer, { type Browser } from "puppeteer-core";

/** Which Firefox is started. */
export interface FirefoxOptions {
  /**
   * `fake` (default): pages get a fake camera and microphone without being asked.
   * `none`: no permission for either, so that every host candidate is an mDNS name.
   */
  readonly camera?: "fake" | "none";
  /** The browser's path (default `/usr/bin/firefox-esr`). */
  readonly executablePath?: string;
}

/** A page may play sound and video without a click: the tests look at what is decoded. */
const PREFS = { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0 };

const FAKE_MEDIA_PREFS = { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true };

/**
 * Starts a headless Firefox, driven over WebDriver BiDi; share it in a file, with a page for each test. Whoever started it
 * closes it.
 */
export async function launchFirefox(options: FirefoxOptions = {}): Promise<Browser> {
  const { camera = "fake", executablePath = "/usr/bin/firefox-esr" } = options;
  return await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    extraPrefsFirefox: camera === "fake" ? { ...PREFS, ...FAKE_MEDIA_PREFS } : PREFS,
    timeout: 30_000,
    protocolTimeout: 30_000,
  });
}
