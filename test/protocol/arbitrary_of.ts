import fc from "fast-check";

/** The part of JSON Schema that the messages use. */
interface JsonSchema {
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Values that a schema takes. Strings stay below `maxLength`, but for a bound that a test would wait for. */
export function arbitraryOf(schema: unknown): fc.Arbitrary<unknown> {
  const { anyOf, type, properties = {}, required = [], ...rest } = schema as JsonSchema;
  if (rest.const !== undefined) return fc.constant(rest.const);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(arbitraryOf));
  switch (type) {
    case "null":
      return fc.constant(null);
    case "string":
      return fc.string({ maxLength: Math.min(rest.maxLength ?? 0, 4_096), unit: "binary", size: "max" });
    case "integer":
      return fc.integer({ min: rest.minimum ?? 0, max: rest.maximum ?? 0 });
    case "number":
      // JSON knows no negative zero.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    case "object": {
      const fields = Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
    }
    default:
      throw new Error(`There is no generator for ${JSON.stringify(schema)}`);
  }
}
