import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { SignalboxError } from "../../protocol/signalbox_error.ts";

/** Where a listener's certificate is, as PEM files: the certificate (with its chain) and its key without a passphrase. */
export interface TlsFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

const readFailures: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

/**
 * Proves that certificate and key can be used together: the engine itself would say no more than that it cannot.
 *
 * @throws {SignalboxError} `bad-config` that names the flag, the file and why.
 */
export function checkTlsFiles({ keyFile, certFile }: TlsFiles): void {
  const cert = readPem("--tls-cert", certFile);
  const key = readPem("--tls-key", keyFile);
  const certificate = readCertificate(cert, certFile);
  const privateKey = readKey(key, keyFile);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw cannotUse("--tls-cert", certFile, `it does not belong to the key ${keyFile}`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw cannotUse("--tls-cert", certFile, reasonOf(cause), cause);
  }
}

/** For a certificate that Node takes and the engine does not. */
export function refusedByEngine({ certFile }: TlsFiles, cause: unknown): SignalboxError {
  return cannotUse("--tls-cert", certFile, `the TLS library refuses it: ${reasonOf(cause)}`, cause);
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw cannotUse(flag, path, readFailures[(cause as NodeJS.ErrnoException).code ?? ""] ?? reasonOf(cause), cause);
  }
}

function readCertificate(pem: string, path: string): X509Certificate {
  // X509Certificate reads DER too, which the engine does not.
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw cannotUse("--tls-cert", path, "it holds no PEM certificate");
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw cannotUse("--tls-cert", path, `its certificate cannot be read: ${reasonOf(cause)}`, cause);
  }
}

function readKey(pem: string, path: string): KeyObject {
  if (!pem.includes("PRIVATE KEY-----")) throw cannotUse("--tls-key", path, "it holds no PEM private key");
  // "BEGIN ENCRYPTED PRIVATE KEY" (RFC 7468, 11) or "Proc-Type: 4,ENCRYPTED" (RFC 1421, 4.6.1.1).
  if (pem.includes("ENCRYPTED")) throw cannotUse("--tls-key", path, "it needs a passphrase; give a key without one");
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw cannotUse("--tls-key", path, `it cannot be read: ${reasonOf(cause)}`, cause);
  }
}

function cannotUse(flag: string, path: string, why: string, cause?: unknown): SignalboxError {
  return new SignalboxError("bad-config", `Cannot use ${flag} ${path}: ${why}`, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
