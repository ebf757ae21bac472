// NATS' grammar of subjects (docs.nats.io, "Subject-Based Messaging"): tokens without white space, joined by dots.

const subjectPattern = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;
const patternPattern = /^(?:(?:[^\s.*>]+|\*)(?:\.(?:[^\s.*>]+|\*))*(?:\.>)?|>)$/;

/** @throws {TypeError} */
export function checkSubject(subject: string): void {
  if (!subjectPattern.test(subject))
    throw new TypeError(`Cannot publish to ${JSON.stringify(subject.slice(0, 200))}: it is no subject`);
}

/** @throws {TypeError} */
export function checkPattern(pattern: string): void {
  if (!patternPattern.test(pattern)) {
    throw new TypeError(
      `Cannot subscribe to ${JSON.stringify(pattern.slice(0, 200))}: it is neither a subject nor a pattern`,
    );
  }
}

/** True for a pattern that is a subject. */
export function isLiteral(pattern: string): boolean {
  return !pattern.includes("*") && !pattern.endsWith(">");
}

/** Says of subjects whether `pattern` holds them. */
export function compilePattern(pattern: string): (subject: string) => boolean {
  if (isLiteral(pattern)) return (subject) => subject === pattern;
  const source = pattern
    .split(".")
    .map((token) => (token === "*" ? "[^.]+" : token === ">" ? ".+" : token.replaceAll(/[\\^$+?()[\]{}|/-]/g, "\\$&")))
    .join("\\.");
  const regExp = new RegExp(`^${source}$`);
  return (subject) => regExp.test(subject);
}
