import type { ApiOperation } from "./api_operation.ts";
import { json } from "./http_routes.ts";

/** What is wrong, as every answer says it that is no success. */
const failureSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: { code: { type: "string" }, message: { type: "string" } },
    },
  },
} as const;

/** Of every operation: who may, and how many at once. */
const commonFailures = {
  401: "A token is needed, or the one that was shown does not open this.",
  403: "Without --admin-token only this machine is let in.",
  503: "Too many requests are being answered.",
} as const;

/** Nothing on the machine itself, or the admin's token. */
const operatorsOnly = [{}, { token: [] }];

/** The operation that describes the others, and itself, as OpenAPI 3.1 (`GET /api/v1/openapi.json`). */
export function describeApi(operations: readonly ApiOperation[], version: string): ApiOperation {
  const self: ApiOperation = {
    method: "GET",
    pattern: "/api/v1/openapi.json",
    summary: "This description",
    params: {},
    schema: { type: "object" },
    failures: {},
    handle: () => Promise.resolve(json(200, document)),
  };
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of [...operations, self]) {
    const path = paths[operation.pattern] ?? {};
    paths[operation.pattern] = path;
    path[operation.method.toLowerCase()] = described(operation);
  }
  const document = {
    openapi: "3.1.0",
    info: { title: "Signalbox", version, description: "What operators can ask a cluster for, at any of its nodes." },
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "--admin-token, where there is one." },
        clientToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "Of a client: HS256 under --secret, with sub and exp.",
        },
      },
      schemas: { Failure: failureSchema },
    },
    security: operatorsOnly,
    paths,
  };
  return self;
}

function described({ summary, params, schema, failures, handleClient }: ApiOperation): object {
  const refusals = Object.entries({ ...commonFailures, ...failures }).map(([status, description]) => [
    status,
    { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } } },
  ]);
  return {
    summary,
    ...(handleClient === undefined ? {} : { security: [...operatorsOnly, { clientToken: [] }] }),
    parameters: Object.entries(params).map(([name, description]) => ({
      name,
      in: "path",
      required: true,
      description,
      schema: { type: "string" },
    })),
    responses: {
      200: { description: summary, content: { "application/json": { schema } } },
      ...Object.fromEntries(refusals),
    },
  };
}
