import { CipherContext, HashAlgorithm, NamedCurveAlgorithm, RTCCertificate, SignatureAlgorithm } from "werift";

const dayMs = 86_400_000;
/** How long a certificate is good for: what browsers give theirs (W3C WebRTC 4.9.1 leaves it to the implementation). */
const lifeMs = 30 * dayMs;
/** A connection made just before the renewal has a certificate that is good for as long as this. Ours. */
const reserveMs = 10 * dayMs;
/** ECDSA with P-256, which every endpoint supports (RFC 8827, 6.5). */
const algorithm = { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 };

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

async function makeCertificate(nowMs: number): Promise<RTCCertificate> {
  const { keyPem, certPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(
    algorithm,
    NamedCurveAlgorithm.secp256r1_23,
    new Date(nowMs + lifeMs),
  );
  return new RTCCertificate(keyPem, certPem, signatureHash);
}
