/** What can be said beside the event; JSON-safe, and free of secrets and SDP. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where actors log. `event` is a short phrase that does not vary; what varies is in the fields. */
export interface Logger {
  /** Whether lines of `debug` are left out, for those who would make many. Default: they are not. */
  readonly isQuiet?: boolean;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}
