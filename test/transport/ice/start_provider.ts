import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as a provider got it. */
export interface ProviderRequest {
  /** `POST /path?query`. */
  readonly line: string;
  readonly authorization: string;
  readonly contentType: string;
  readonly body: string;
}

/** What a provider answers: a status with JSON or text, or nothing at all. */
export interface ProviderAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A provider on this machine that answers as a test says; null never does. Ends with the test. */
export async function startProvider(answer: (request: ProviderRequest) => ProviderAnswer | null) {
  const requests: ProviderRequest[] = [];
  const server = createServer((req, res) => void respond(req, res));
  const respond = async (req: IncomingMessage, res: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const request = {
      line: `${req.method} ${req.url}`,
      authorization: req.headers.authorization ?? "",
      contentType: req.headers["content-type"] ?? "",
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(request);
    const said = answer(request);
    if (said === null) return;
    const { status = 200, headers = {}, body = "" } = said;
    res.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, requests };
}
