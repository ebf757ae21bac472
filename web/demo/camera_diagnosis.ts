import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

const dataOnly = "The test goes on with messages alone.";

const findings: Readonly<Partial<Record<Facts["camera"], Omit<Finding, "severity">>>> = {
  refused: {
    code: "camera-refused",
    title: "The camera and the microphone were not allowed.",
    why: `The browser, or the system below it, refused them. ${dataOnly}`,
    remedy: "Allow both by the icon next to the address, then stop and start the test again.",
  },
  missing: {
    code: "camera-missing",
    title: "No camera and no microphone were found.",
    why: `This device has none that the browser can see. ${dataOnly}`,
    remedy: "Plug one in, then stop and start the test again.",
  },
  "in-use": {
    code: "camera-in-use",
    title: "The camera or the microphone is busy.",
    why: `Most often another program or tab is using it. ${dataOnly}`,
    remedy: "Close the other call, then stop and start the test again.",
  },
  insecure: {
    code: "camera-insecure",
    title: "This page may not ask for a camera.",
    why: `Browsers open cameras only for pages that came over https, or from localhost. ${dataOnly}`,
    remedy: "Open this page over https, or on the server's own machine as http://localhost.",
  },
  failed: {
    code: "camera-failed",
    title: "The camera and the microphone could not be opened.",
    why: dataOnly,
    remedy: "Try another browser, or tick “Without camera”.",
  },
  ended: {
    code: "camera-ended",
    title: "The camera or the microphone stopped.",
    why: "It was unplugged, or the permission was taken back. Messages still travel.",
    remedy: "Stop and start the test again when it is back.",
  },
};

/** What is wrong with the camera, if anything: never more than a note, since the test goes on without it. */
export function cameraFinding(facts: Facts): Finding | null {
  const finding = findings[facts.camera];
  if (finding !== undefined) {
    const why = facts.camera === "failed" ? `${browserText(facts.cameraDetail)} ${finding.why}` : finding.why;
    return { ...finding, why, severity: "note" };
  }
  if (facts.camera !== "open" || (facts.hasVideo && facts.hasAudio)) return null;
  const [found, missed] = facts.hasVideo ? ["camera", "microphone"] : ["microphone", "camera"];
  return {
    code: `no-${missed}`,
    severity: "note",
    title: `Only the ${found} could be opened.`,
    why: `The ${missed} is missing or busy, so the test sends the ${found} alone.`,
    remedy: `Nothing has to be done; with a ${missed}, start the test again.`,
  };
}

function browserText(detail: string): string {
  return detail === "" ? "The browser gave no reason." : `The browser says: “${detail}”.`;
}
