import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { isIPv6 } from "node:net";

/** How long a node may take to answer, in milliseconds. Ours. */
const answerTimeoutMs = 2_000;
const maxBytes = 4_096;
const states: ReadonlySet<unknown> = new Set(["ready", "starting", "draining", "cut-off"]);

/** Where a node listens. */
export interface NodePlace {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** What a node of ours that listens there says of itself (`/readyz`); undefined where there is none. */
export function askRunningNode({ host, port, isTls }: NodePlace): Promise<string | undefined> {
  const here = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const url = `${isTls ? "https" : "http"}://${isIPv6(here) ? `[${here}]` : here}:${port}/readyz`;
  return new Promise((resolve) => {
    // Whatever its certificate is: nothing is sent that it matters to.
    const request = (isTls ? getHttps : getHttp)(url, { rejectUnauthorized: false, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > maxBytes) request.destroy();
      });
      response.on("end", () => resolve(stateOf(text)));
    });
    request.setTimeout(answerTimeoutMs, () => request.destroy());
    const timer = setTimeout(() => request.destroy(), 2 * answerTimeoutMs);
    request.on("error", () => resolve(undefined));
    request.on("close", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

function stateOf(text: string): string | undefined {
  try {
    const { status } = JSON.parse(text) as { readonly status?: unknown };
    return states.has(status) ? String(status) : undefined;
  } catch {
    return undefined;
  }
}
