import type { Endpoint } from "./stun_message.ts";

/** On the way to a server and with it. */
export type IceStep =
  | "resolve"
  | "connect"
  | "certificate"
  | "binding"
  | "allocate"
  | "permission"
  | "refresh"
  | "release";

/** What there is to say of a failure. */
export interface IceFailureDetails {
  /** Of the system (`ECONNREFUSED`), of TLS, `TIMEOUT`, `TLS-TIMEOUT` of a handshake on a TCP connection, or the number of a STUN error. */
  readonly code: string;
  /** As the server said it; "" where it said nothing. */
  readonly reason?: string;
  /** Of a STUN error: after the server had asked for credentials and got ours. */
  readonly isAfterCredentials?: boolean;
  /** Where it sends us instead. */
  readonly alternate?: Endpoint | undefined;
}

/** A STUN or TURN server could not be used. Its message holds no credential. */
export class IceFailure extends Error {
  readonly step: IceStep;
  readonly code: string;
  readonly reason: string;
  readonly isAfterCredentials: boolean;
  readonly alternate: Endpoint | undefined;

  constructor(step: IceStep, details: IceFailureDetails) {
    const { code, reason = "", isAfterCredentials = false, alternate } = details;
    super(`Cannot ${step}: ${code}${reason === "" ? "" : ` ${reason}`}`);
    this.step = step;
    this.code = code;
    this.reason = reason;
    this.isAfterCredentials = isAfterCredentials;
    this.alternate = alternate;
  }
}
