import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { type ConnectionRecord, type ExportedActor, recordFormat } from "../../../protocol/connection_record.ts";
import { AdminAccess } from "../../../transport/edge/admin_access.ts";
import type { ApiOperation } from "../../../transport/edge/api_operation.ts";
import { failure, json } from "../../../transport/edge/http_routes.ts";
import { peerOperations } from "../../../transport/edge/peer_operations.ts";
import { ClientTokens } from "../../../transport/signing/client_tokens.ts";
import { openEdge } from "./open_edge.ts";
import { openTcp } from "./raw_client.ts";

function operation(pattern: string, handle: ApiOperation["handle"], method: ApiOperation["method"] = "GET") {
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const params = Object.fromEntries(names.map((name) => [name, `The ${name}`]));
  return { method, pattern, summary: "A thing", params, schema: { type: "object" }, failures: { 404: "No" }, handle };
}

const secret = "a secret of the cluster, long enough to sign";

/** A listener with an API. */
async function openApi(operations: readonly ApiOperation[], token?: string) {
  const refused: string[] = [];
  const access = new AdminAccess({ token, onRefused: ({ code }, { count }) => refused.push(`${code} ${count}`) });
  const clientTokens = new ClientTokens({ secret, now: Date.now });
  const { edge, faults } = await openEdge({ api: { access, clientTokens, operations, version: "1.2.3" } });
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(edge.url + path, { headers: { connection: "close" }, ...init });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return { edge, faults, refused, ask };
}

const things = operation("/api/v1/things/{id}/part", async ({ id }, query) => json(200, { id, q: query.get("q") }));

test("[RR5, RR13] the record of a client is a file, and what there is of clients is described with its schemas", async () => {
  const asked: string[] = [];
  const actor = { peers: [], events: [] } as unknown as ExportedActor;
  const record = async (peer: string): Promise<ConnectionRecord> => {
    asked.push(peer);
    const actors = peer === "nobody" ? [] : [actor];
    return {
      format: recordFormat,
      version: "1",
      exportedAt: "2026-01-01T00:00:00.000Z",
      peer,
      missingNodes: ["n7"],
      actors,
    };
  };
  const list = async () => ({ peers: [], isCut: false, missingNodes: [] });
  const { ask } = await openApi(peerOperations({ record, list }));
  const { status, headers, text } = await ask('/api/v1/peers/a"b%0D%0Ac/record');
  expect([status, JSON.parse(text).peer]).toEqual([200, 'a"b\r\nc']);
  expect(headers.get("content-disposition")).toBe('attachment; filename="a_b__c.record.json"');
  const unknown = await ask("/api/v1/peers/nobody/record");
  expect(unknown.status).toBe(404);
  expect(unknown.text).toContain("Cannot find the record of nobody (n7 did not answer)");
  expect(await ask(`/api/v1/peers/${"a".repeat(300)}/record`)).toMatchObject({ status: 404 });
  expect(asked).toEqual(['a"b\r\nc', "nobody"]);
  const document = JSON.parse((await ask("/api/v1/openapi.json")).text);
  const schemaOf = (path: string) => document.paths[path].get.responses[200].content["application/json"].schema;
  expect(schemaOf("/api/v1/peers").properties.peers).toMatchObject({ type: "array", items: { type: "object" } });
  expect(schemaOf("/api/v1/peers/{id}/record").properties).toMatchObject({ format: { const: recordFormat } });
  expect(document.paths["/api/v1/peers/{id}/record"].get.parameters).toMatchObject([{ name: "id", in: "path" }]);
});

test("[RR10] a path leads to what answers it, with the names in it decoded, and the query", async () => {
  const { ask } = await openApi([things, operation("/api/v1/things", async () => json(200, []))]);
  expect(await ask("/api/v1/things/a%2Fb/part?q=1")).toMatchObject({ status: 200, text: '{"id":"a/b","q":"1"}\n' });
  expect(await ask("/api/v1/things")).toMatchObject({ status: 200, text: "[]\n" });
  const head = await ask("/api/v1/things", { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), head.text]).toEqual([200, "3", ""]);
});

test("[RR10] an unknown path and a wrong method are refused with what there is", async () => {
  const { ask } = await openApi([things, operation("/api/v1/stop", async () => json(200, {}), "POST")]);
  for (const path of ["/api/", "/api/v1/things//part", "/api/v1/things/%ff/part", "/api/v1/things/a/part/b"]) {
    const { status, text } = await ask(path);
    expect([path, status]).toEqual([path, 404]);
    expect(text).toContain("GET /api/v1/things/{id}/part, POST /api/v1/stop, GET /api/v1/openapi.json");
  }
  const wrong = await ask("/api/v1/things/a/part", { method: "DELETE" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const read = await ask("/api/v1/stop", { method: "HEAD" });
  expect([read.status, read.headers.get("allow")]).toEqual([405, "POST"]);
});

test("[RR11] only operators are answered; a refusal says why, and is counted", async () => {
  const { ask, refused } = await openApi([things], "an-admin-token");
  const path = "/api/v1/things/a/part";
  const bare = await ask(path);
  expect([bare.status, bare.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  expect(bare.text).toContain("a bearer token is needed");
  expect(await ask("/api/v1/none")).toMatchObject({ status: 401 });
  expect(refused).toEqual(["unauthorized 1", "unauthorized 2"]);
  const headers = { authorization: "Bearer an-admin-token", connection: "close" };
  expect(await ask(path, { headers })).toMatchObject({ status: 200 });
  const open = await openApi([things, operation("/api/v1/stop", async () => json(200, {}), "POST")]);
  const post = (origin: string) => open.ask("/api/v1/stop", { method: "POST", headers: { origin } });
  expect((await post("http://localhost:3000")).status).toBe(403);
  expect((await post(open.edge.url)).status).toBe(200);
  expect(await open.ask(path, { headers: { "x-forwarded-for": "192.0.2.1" } })).toMatchObject({ status: 403 });
});

test("[RR12] who goes away before the answer is there harms nobody, and what fails is told as a fault of the server", async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const slow = operation("/api/v1/slow", async () => {
    asked.resolve();
    await gate.promise;
    return json(200, { slow: true });
  });
  const broken = operation("/api/v1/broken", async () => {
    throw new Error("no");
  });
  const { edge, ask, faults } = await openApi([slow, broken]);
  const client = await openTcp(edge.url);
  client.write("GET /api/v1/slow HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await asked.promise;
  client.destroy();
  // Behind the end of the first, as the engine reads them in turn.
  expect(await ask("/api/v1/broken")).toMatchObject({ status: 500 });
  expect(await faults.next()).toMatchObject({ doing: "GET /api/v1/broken was answered" });
  gate.resolve();
  expect(await ask("/api/v1/slow")).toMatchObject({ status: 200, text: '{"slow":true}\n' });
});

test("[RR12] more requests at the same time than the limit are turned away", async () => {
  const gate = Promise.withResolvers<void>();
  let askedCount = 0;
  const all = Promise.withResolvers<void>();
  const slow = operation("/api/v1/slow", async () => {
    askedCount += 1;
    if (askedCount === 16) all.resolve();
    await gate.promise;
    return failure(404, "not-found", "Cannot");
  });
  const { ask } = await openApi([slow]);
  const first = Array.from({ length: 16 }, () => ask("/api/v1/slow"));
  await all.promise;
  expect(await ask("/api/v1/slow")).toMatchObject({ status: 503 });
  gate.resolve();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 404));
  expect(await ask("/api/v1/slow")).toMatchObject({ status: 404 });
});

test("[RR12] as many clients as ask at the same time, they keep no operator from being answered", async () => {
  const gate = Promise.withResolvers<void>();
  let askedCount = 0;
  const all = Promise.withResolvers<void>();
  const own: ApiOperation = {
    ...operation("/api/v1/own", async () => json(200, { of: "an operator" })),
    handleClient: async (subject) => {
      askedCount += 1;
      if (askedCount === 64) all.resolve();
      await gate.promise;
      return json(200, { of: subject });
    },
  };
  const { ask } = await openApi([own, things], "an-admin-token");
  const token = await new SignJWT({ sub: "ada" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1m")
    .sign(new TextEncoder().encode(secret));
  const askAs = (bearer: string, path = "/api/v1/own") =>
    ask(path, { headers: { authorization: `Bearer ${bearer}`, connection: "close" } });
  const first = Array.from({ length: 64 }, () => askAs(token));
  await all.promise;
  const tooMany = await askAs(token);
  expect([tooMany.status, tooMany.headers.get("access-control-allow-origin")]).toEqual([503, "*"]);
  expect(tooMany.text).toContain("64 of 64 requests");
  for (const path of ["/api/v1/own", "/api/v1/things/a/part"]) {
    expect(await askAs("an-admin-token", path)).toMatchObject({ status: 200 });
  }
  gate.resolve();
  expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(await askAs(token)).toMatchObject({ status: 200 });
});

test("[RR13] every operation is described, with its parameters, its answer and its failures", async () => {
  const { ask } = await openApi([things, operation("/api/v1/things", async () => json(200, []))]);
  const document = JSON.parse((await ask("/api/v1/openapi.json")).text) as {
    readonly info: { readonly version: string };
    readonly paths: Record<string, Record<string, { readonly parameters: unknown; readonly responses: object }>>;
  };
  expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
  expect(Object.keys(document.paths)).toEqual([things.pattern, "/api/v1/things", "/api/v1/openapi.json"]);
  const described = document.paths[things.pattern]?.["get"];
  const schema = { type: "string" };
  expect(described?.parameters).toEqual([{ name: "id", in: "path", required: true, description: "The id", schema }]);
  expect(Object.keys(described?.responses ?? {})).toEqual(["200", "401", "403", "404", "503"]);
});

test("[CT3] what clients may ask for is answered to the token of one, for who it is of, also from a page of another origin", async () => {
  const own: ApiOperation = {
    ...operation("/api/v1/own", async () => json(200, { of: "an operator" })),
    handleClient: async (subject) => json(200, { of: subject }),
  };
  const { ask, refused } = await openApi([own, things], "an-admin-token");
  const sign = (of: string) =>
    new SignJWT({ sub: "ada" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1m")
      .sign(new TextEncoder().encode(of));
  const show = (token: string) => ({
    headers: { authorization: `Bearer ${token}`, origin: "https://elsewhere.example" },
  });
  const told = await ask("/api/v1/own", show(await sign(secret)));
  expect([told.status, JSON.parse(told.text).of]).toEqual([200, "ada"]);
  expect(told.headers.get("access-control-allow-origin")).toBe("*");
  const forged = await ask("/api/v1/own", show(await sign("another secret, which nobody gave it")));
  expect([forged.status, forged.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
  expect(forged.text).toContain("Cannot answer: the token is not signed with the secret of the cluster");
  const preflight = await ask("/api/v1/own", { method: "OPTIONS", headers: { origin: "https://elsewhere.example" } });
  expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([204, "authorization"]);
  // Operators as ever, and no page of elsewhere reads what they are told.
  const asOperator = await ask("/api/v1/own", show("an-admin-token"));
  expect([JSON.parse(asOperator.text).of, asOperator.headers.get("access-control-allow-origin")]).toEqual([
    "an operator",
    null,
  ]);
  // Nothing else is opened by it.
  expect(await ask("/api/v1/things/a/part", show(await sign(secret)))).toMatchObject({ status: 401 });
  expect(await ask("/api/v1/things/a/part", { method: "OPTIONS" })).toMatchObject({ status: 401 });
  expect(refused).toHaveLength(2);
});
