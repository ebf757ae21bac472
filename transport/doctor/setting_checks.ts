import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Config } from "../../config.ts";
import { checkTlsFiles } from "../edge/tls_files.ts";
import { addressKind } from "./address_kind.ts";
import { type Check, count, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";

const dayMs = 86_400_000;
/** What is left of a certificate when it deserves a warning. Ours: a renewal that runs by itself is done by then. */
export const soonDays = 14;
/** Flags with what nobody else on the machine should read. */
const secretFlags = ["--secret", "--admin-token", "--nats-password", "--nats-token"];

/** What the settings say of themselves, beyond what stops a start. */
export function settingChecks({ config, argv, now }: DoctorContext): readonly Check[] {
  return [
    { group: "settings", name: "names", run: async () => checkNames(config) },
    { group: "settings", name: "who may connect", run: async () => checkAccess(config) },
    { group: "settings", name: "secrets", run: async () => checkSecrets(config, argv) },
    { group: "settings", name: "TLS", run: async () => checkTls(config, now()) },
  ];
}

function checkNames({ warnings }: Config): Outcome {
  if (warnings.length === 0) return passed("every variable that begins with SIGNALBOX_ is a setting");
  return warning(warnings.join("; "), "Correct the name, or take the variable away.");
}

export function checkAccess(config: Pick<Config, "isOpen" | "host" | "adminToken" | "secret">): Outcome {
  if (!config.isOpen) return passed(`who is on this machine: it listens on ${config.host}`);
  const missing: string[] = [];
  const advice: string[] = [];
  if (config.adminToken === undefined) {
    missing.push("no admin token, so that operators can look inside from this machine only");
    advice.push("SIGNALBOX_ADMIN_TOKEN=$(openssl rand -hex 32) lets you look inside from elsewhere.");
  }
  if (config.secret === undefined) {
    missing.push("no secret, so that nobody comes back to a room after a restart");
    advice.push("Set SIGNALBOX_SECRET=$(openssl rand -hex 32) once, and keep it.");
  }
  if (missing.length === 0)
    return passed(`anyone who reaches ${config.host} (--auth open); it has an admin token and a secret`);
  return warning(
    `anyone who reaches ${config.host} (--auth open); there is ${missing.join(", and ")}`,
    advice.join(" "),
  );
}

export function checkSecrets({ iceServers }: Pick<Config, "iceServers">, argv: readonly string[]): Outcome {
  const isGiven = (flag: string) => argv.some((word) => word === flag || word.startsWith(`${flag}=`));
  const shown: string[] = secretFlags.filter(isGiven);
  if (
    isGiven("--ice-servers") &&
    argv.some((word) => /"(?:credential|secrets|apiToken|authToken|apiKey|secretKey)":\s*\[?\s*"[^$]/.test(word))
  ) {
    shown.push("--ice-servers");
  }
  if (isGiven("--nats") && argv.some((word) => /(?:nats|tls):\/\/[^/\s]*@/.test(word))) shown.push("--nats");
  if (shown.length > 0) {
    return warning(
      `${shown.join(", ")} on the command line, which everybody on this machine can read`,
      "Give secrets in the environment or in signalbox.json; in sources of --ice-servers a text $NAME is taken from the environment.",
    );
  }
  const isFixed = iceServers.some((entry) => !("source" in entry) && entry.credential !== undefined);
  if (!isFixed) return passed("none is on the command line");
  return warning(
    "a TURN server in --ice-servers has one password for everybody: whoever joins a room can read and keep it",
    'Use a source of credentials that expire: { "source": "turn-rest", ... } for coturn (docs/ice.md).',
  );
}

function checkTls({ tls, isOpen, host }: Config, nowMs: number): Outcome {
  if (tls === undefined) {
    const isHere = !isOpen || (/^[\d.:a-f]+$/.test(host) && addressKind(host) === "loopback");
    if (isHere) return skipped("no certificate, and none is needed on this machine");
    return warning(
      "no certificate: browsers give a page its camera over https only",
      "Give --tls-cert and --tls-key, unless a proxy in front of the node has the certificate.",
    );
  }
  try {
    checkTlsFiles(tls);
  } catch (error) {
    const saw = error instanceof Error ? error.message : String(error);
    return failed(saw, "The node does not start like this. Mend the files, or the paths.");
  }
  const certificate = new X509Certificate(readFileSync(tls.certFile));
  const names = (certificate.subjectAltName ?? certificate.subject).replaceAll("DNS:", "").slice(0, 200);
  return judgeExpiry({ what: `the certificate for ${names}`, expiresAtMs: Date.parse(certificate.validTo), nowMs });
}

/** What is left of a certificate that is well otherwise. */
export function judgeExpiry({
  what,
  expiresAtMs,
  nowMs,
}: {
  readonly what: string;
  readonly expiresAtMs: number;
  readonly nowMs: number;
}): Outcome {
  const daysLeft = Math.floor((expiresAtMs - nowMs) / dayMs);
  const date = new Date(expiresAtMs).toISOString().slice(0, 10);
  if (expiresAtMs <= nowMs)
    return failed(`${what} expired on ${date}`, "Renew it, and start what uses it anew.", { daysLeft });
  const saw = `${what} is good for ${count(daysLeft, "more day")}, until ${date}`;
  if (daysLeft >= soonDays) return passed(saw, { daysLeft });
  return warning(saw, "Renew it now; if that should happen by itself, find out why it did not.", { daysLeft });
}
