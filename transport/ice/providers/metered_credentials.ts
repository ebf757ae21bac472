import Type from "typebox";
import { Compile } from "typebox/compile";
import { ProviderFailure } from "../../../actors/fetched_servers.ts";
import type { IceCredentialList, IceUsage } from "../../../protocol/ice_credentials.ts";
import { requestJson } from "../http_json.ts";

/** Pages of the list that are read; one has 50 credentials (their documentation). Ours. */
const maxPages = 10;

const text = Type.String({ maxLength: 512 });
const created = Compile(Type.Object({ apiKey: text }));
const page = Compile(
  Type.Object({
    data: Type.Array(
      Type.Object({
        username: text,
        label: Type.Optional(Type.Unknown()),
        expiryInSeconds: Type.Optional(Type.Unknown()),
        expired: Type.Optional(Type.Unknown()),
      }),
      { maxItems: 1_000 },
    ),
    pagination: Type.Optional(Type.Object({ next_page: Type.Optional(Type.Unknown()) })),
  }),
);
const used = Compile(
  Type.Object({
    usageInGB: Type.Number(),
    quotaInGB: Type.Optional(Type.Number()),
    overageInGB: Type.Optional(Type.Number()),
  }),
);

/** Credentials at Metered, which a secret key creates, lists, disables and counts. */
export class MeteredCredentials {
  readonly #url: string;
  readonly #secretKey: string;

  constructor({ url, secretKey }: { readonly url: string; readonly secretKey: string }) {
    this.#url = url;
    this.#secretKey = secretKey;
  }

  /** @returns the API key of the credential */
  async create(label: string, ttlMs: number): Promise<string> {
    const answer = await this.#post("/api/v1/turn/credential", { expiryInSeconds: Math.round(ttlMs / 1_000), label });
    if (!created.Check(answer)) throw new ProviderFailure("Metered created no credential");
    return answer.apiKey;
  }

  /** Renames it (www.metered.ca/docs/turn-rest-api/post-update-credential-label). */
  async label(username: string, label: string): Promise<void> {
    await this.#post("/api/v2/turn/credential/update_label", { label }, { username });
  }

  async list(): Promise<IceCredentialList> {
    const credentials: IceCredentialList["credentials"] = [];
    for (let number = 1; number <= maxPages; number += 1) {
      const answer = await requestJson({ url: this.#at("/api/v2/turn/credentials", { page: String(number) }) });
      if (!page.Check(answer)) throw new ProviderFailure("Metered answered with what is no list of credentials");
      for (const { username, label, expiryInSeconds, expired } of answer.data) {
        credentials.push({
          username,
          ...(typeof label === "string" ? { label } : {}),
          ...(typeof expiryInSeconds === "number" ? { lifeSeconds: expiryInSeconds } : {}),
          ...(typeof expired === "boolean" ? { isExpired: expired } : {}),
        });
      }
      if (typeof answer.pagination?.next_page !== "number") return { credentials, isCut: false };
    }
    return { credentials, isCut: true };
  }

  async disable(username: string): Promise<void> {
    await this.#post("/api/v1/turn/credential/disable", { username });
  }

  async usage(): Promise<IceUsage> {
    const answer = await requestJson({ url: this.#at("/api/v1/turn/current_usage") });
    if (!used.Check(answer)) throw new ProviderFailure("Metered answered with what is no usage");
    const { usageInGB: usageGb, quotaInGB: quotaGb, overageInGB: overageGb } = answer;
    return {
      usageGb,
      ...(quotaGb === undefined ? {} : { quotaGb }),
      ...(overageGb === undefined ? {} : { overageGb }),
    };
  }

  async #post(path: string, body: object, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const headers = { "content-type": "application/json" };
    return await requestJson({ url: this.#at(path, query), method: "POST", headers, body: JSON.stringify(body) });
  }

  #at(path: string, query: Readonly<Record<string, string>> = {}): URL {
    return new URL(`${path}?${new URLSearchParams({ secretKey: this.#secretKey, ...query })}`, this.#url);
  }
}
