/** A state value in one line: `have-local-offer.awaitingAnswer`; of parallel regions each, as `ice.checking, dtls.new`. */
export function stateText(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === undefined ? "" : String(value);
  return Object.entries(value)
    .flatMap(([name, inside]) =>
      stateText(inside)
        .split(", ")
        .map((path) => (path === "" ? name : `${name}.${path}`)),
    )
    .join(", ");
}
