import { randomBytes, webcrypto } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { HashAlgorithm, RTCCertificate, SignatureAlgorithm } from "werift";

const dayMs = 86_400_000;
/** How long a certificate is good for: what browsers give theirs (W3C WebRTC 4.9.1 leaves it to the implementation). */
const lifeMs = 30 * dayMs;
/** A connection made just before the renewal has a certificate that is good for as long as this. Ours. */
const reserveMs = 10 * dayMs;
/** ECDSA with P-256, which every endpoint supports (RFC 8827, 6.5). */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export interface NodeCertificateOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/**
 * The DTLS certificate that all connections of a node share. It costs milliseconds, so it is made once, and made anew before
 * it runs out; a connection keeps the one that it began with.
 */
export class NodeCertificate {
  readonly #options: NodeCertificateOptions;
  #certificate: RTCCertificate;
  #renewAtMs: number;
  #renewal: Promise<void> | undefined;

  static async create(options: NodeCertificateOptions): Promise<NodeCertificate> {
    const nowMs = options.now();
    return new NodeCertificate(options, await makeCertificate(nowMs), nowMs);
  }

  private constructor(options: NodeCertificateOptions, certificate: RTCCertificate, madeAtMs: number) {
    this.#options = options;
    this.#certificate = certificate;
    this.#renewAtMs = madeAtMs + lifeMs - reserveMs;
  }

  /** The certificate for a new connection. A renewal that is due happens beside it. */
  get current(): RTCCertificate {
    if (this.#options.now() >= this.#renewAtMs) this.#renewal ??= this.#renew();
    return this.#certificate;
  }

  /** Resolves when no renewal is under way. */
  async settled(): Promise<void> {
    await this.#renewal;
  }

  async #renew(): Promise<void> {
    try {
      const nowMs = this.#options.now();
      this.#certificate = await makeCertificate(nowMs);
      this.#renewAtMs = nowMs + lifeMs - reserveMs;
    } catch (error) {
      this.#options.onFailure(error);
    } finally {
      this.#renewal = undefined;
    }
  }
}

/** Self-signed, with a name that says nothing. */
async function makeCertificate(nowMs: number): Promise<RTCCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString("hex"),
    name: "CN=WebRTC",
    // The other side's clock may be behind ours.
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + lifeMs),
    signingAlgorithm: algorithm,
    keys,
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
  return new RTCCertificate(keyPem, certificate.toString("pem"), {
    signature: SignatureAlgorithm.ecdsa_3,
    hash: HashAlgorithm.sha256_4,
  });
}
