import { ProviderFailure } from "../../actors/fetched_servers.ts";

/** How long a provider may take to answer, in milliseconds. Ours. */
const timeoutMs = 10_000;
/** Longest answer that is read, in bytes. Ours: a list of servers takes a few thousand. */
const maxBytes = 256 * 1_024;
/** Longest pause that a provider is granted, in milliseconds. Ours. */
const maxRetryAfterMs = 3_600_000;

/** A request to a provider. */
export interface JsonRequest {
  readonly url: URL;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Asks a provider and reads its JSON; undefined where it answers with no content.
 *
 * @throws {ProviderFailure} whose words name the host and the status, and nothing of the query, the headers or the body
 */
export async function requestJson(request: JsonRequest): Promise<unknown> {
  const { url, method = "GET", headers = {}, body } = request;
  const init: RequestInit = {
    method,
    headers: { accept: "application/json", ...headers },
    // What is sent holds credentials: nobody else gets it.
    redirect: "error",
    signal: AbortSignal.timeout(request.timeoutMs ?? timeoutMs),
    ...(body === undefined ? {} : { body }),
  };
  let text: string;
  try {
    const response = await fetch(url, init);
    if (!response.ok) {
      await response.body?.cancel();
      throw new ProviderFailure(`${url.host} answered ${response.status}`, retryAfterOf(response));
    }
    text = await readText(response, url.host);
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    throw new ProviderFailure(`${url.host} ${whyOf(error)}`);
  }
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderFailure(`${url.host} answered with what is no JSON`);
  }
}

async function readText(response: Response, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ProviderFailure(`${host} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `Retry-After` (RFC 9110, 10.2.3) in seconds; a date counts as none. */
function retryAfterOf({ headers }: Response): number {
  const seconds = /^\d{1,6}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return Math.min(Number(seconds ?? 0) * 1_000, maxRetryAfterMs);
}

function whyOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "did not answer in time";
  const { code } = ((error as Error).cause ?? {}) as { readonly code?: unknown };
  return `cannot be reached${typeof code === "string" ? ` (${code})` : ""}`;
}
