import fc from "fast-check";

/** The part of JSON Schema that the messages use. */
interface JsonSchema {
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** Values that a schema takes. Strings stay below `maxLength`, but for a bound that a test would wait for. */
export function arbitraryOf(schema: unknown): fc.Arbitrary<unknown> {
  const { anyOf, type, properties = {}, required = [], ...rest } = schema as JsonSchema;
  if (rest.const !== undefined) return fc.constant(rest.const);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(arbitraryOf));
  switch (type) {
    case undefined:
      // JSON knows no negative zero, and neither do its texts.
      return fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    case "boolean":
      return fc.boolean();
    case "array": {
      const { items, minItems = 0, maxItems = 0 } = rest;
      return fc.array(arbitraryOf(items), { minLength: minItems, maxLength: Math.min(maxItems, 20) });
    }
    case "null":
      return fc.constant(null);
    case "string":
      if (rest.pattern !== undefined) return fc.stringMatching(new RegExp(rest.pattern));
      return fc.string({
        minLength: rest.minLength ?? 0,
        maxLength: Math.min(rest.maxLength ?? 0, 4_096),
        unit: "binary",
        size: "max",
      });
    case "integer":
      return fc.integer({ min: rest.minimum ?? 0, max: rest.maximum ?? 0 });
    case "number":
      // JSON knows no negative zero.
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    case "object": {
      const [open] = Object.values(rest.patternProperties ?? {});
      if (open !== undefined)
        return fc.dictionary(fc.string(), arbitraryOf(open), { maxKeys: 8, noNullPrototype: true });
      const fields = Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
    }
    default:
      throw new Error(`There is no generator for ${JSON.stringify(schema)}`);
  }
}
