import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A certificate authority of a test, and where its files are. */
export interface TestAuthority {
  /** Its own certificate. */
  readonly caFile: string;
  /** A certificate for names as `DNS:localhost,IP:127.0.0.1`, good for so many days (2 by default). */
  issue(names: string, days?: number): { readonly certFile: string; readonly keyFile: string };
}

/** Makes one, whose files go away at the end of the test file. */
export function createTestAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-ca-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe", cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  run("req", "-x509", ...key, "-days", "90", "-subj", "/CN=test-ca", "-keyout", "ca.key", "-out", "ca.pem");
  let issued = 0;
  return {
    caFile: join(folder, "ca.pem"),
    issue(names, days = 2) {
      issued += 1;
      const name = `server-${issued}`;
      run("req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}`);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", `${name}.ext`];
      run("x509", "-req", "-in", `${name}.csr`, ...signed, "-days", `${days}`, "-out", `${name}.pem`);
      return { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
    },
  };
}

/** The name of a certificate of {@link makeSelfSigned} in its folder. */
export const selfSignedFile = "certificate.pem";

/**
 * Makes a certificate that is its own authority, good for two days: whoever trusts it trusts nobody else by that.
 *
 * @param folder where its files go, which whoever made it clears away
 * @param names as `DNS:localhost,IP:127.0.0.1`
 */
export function makeSelfSigned(folder: string, names: string): { certificateFile: string; keyFile: string } {
  const [certificateFile, keyFile] = [join(folder, selfSignedFile), join(folder, "key.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile];
  const extensions = ["-subj", "/CN=turn", "-addext", `subjectAltName=${names}`, "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...key, ...extensions, "-out", certificateFile], { stdio: "pipe" });
  return { certificateFile, keyFile };
}
