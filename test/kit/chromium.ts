import { createHash, X509Certificate } from "node:crypto";
import { type Browser, chromium } from "playwright-core";

/** The arguments every Chromium of the tests gets: headless on a small machine, and quiet on the network. */
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A camera and a microphone that need neither hardware nor permission. */
const FAKE_MEDIA_ARGS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** What browsers with a window do, and Playwright's does not. */
const STRICT_ARGS = ["--use-fake-device-for-media-stream", "--autoplay-policy=document-user-activation-required"];

/** Which Chromium is started. */
export interface ChromiumOptions {
  /**
   * `fake` (default): pages get a fake camera and microphone, and host candidates with addresses once they use them.
   * `refused`: there are devices, and nobody who allows pages to use them; nothing plays before a click either.
   * `none`: no permission for either, so that every host candidate is an mDNS name.
   */
  readonly camera?: "fake" | "refused" | "none";
  /** The certificate (PEM) that it takes for genuine, of a server for TLS. */
  readonly trustedCertificate?: string;
  /** The browser's path (default `/usr/bin/chromium`). */
  readonly executablePath?: string;
}

/**
 * Starts a headless Chromium; share it in a file, with a context or page for each test. Whoever started it closes it.
 */
export async function launchChromium(options: ChromiumOptions = {}): Promise<Browser> {
  const { camera = "fake", executablePath = "/usr/bin/chromium", trustedCertificate } = options;
  const args = [...ARGS, ...{ fake: FAKE_MEDIA_ARGS, refused: STRICT_ARGS, none: [] }[camera]];
  if (trustedCertificate !== undefined) {
    const key = new X509Certificate(trustedCertificate).publicKey.export({ type: "spki", format: "der" });
    args.push(`--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`);
  }
  return await chromium.launch({ executablePath, args, headless: true, timeout: 20_000 });
}
