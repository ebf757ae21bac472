/**
 * A value of the program as others are to see it, so that a later change of the program's changes nothing.
 *
 * @throws {TypeError} when it is no JSON, as one with a cycle or a `bigint`.
 */
export function copyOfJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? "null");
}
