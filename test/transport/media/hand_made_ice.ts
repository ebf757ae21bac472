import type { RTCPeerConnection } from "werift";

// What werift's agent does not declare, for clients that do by hand what no honest one does.

export interface StunMessage {
  readonly messageClass: number;
  readonly messageMethod: number;
  readonly transactionId: Buffer;
  readonly bytes: Buffer;
  addMessageIntegrity(key: Buffer): StunMessage;
  addFingerprint(): StunMessage;
}

export type Address = readonly [host: string, port: number];

export interface Protocol {
  readonly localCandidate: object;
  close(): Promise<void>;
  sendStun(message: StunMessage, address: Address): Promise<void>;
  sendData(data: Buffer, address: Address): Promise<void>;
  request(request: StunMessage, address: Address, key: Buffer): Promise<unknown>;
}

export interface Pair {
  readonly protocol: Protocol;
  readonly localCandidate: { readonly host: string };
  readonly remoteAddr: Address;
  readonly requestsSent: number;
}

export interface Ice {
  readonly protocols: readonly Protocol[];
  readonly checkList: readonly Pair[];
  nominated: Pair | undefined;
  readonly localUsername: string;
  readonly remoteUsername: string;
  readonly remotePassword: string;
  buildRequest(options: object): StunMessage;
  respondError(request: object, address: Address, protocol: Protocol, code: readonly [number, string]): void;
}

/** Of STUN (RFC 8489, 5). */
export const stunClasses = { request: 0, success: 0x100, error: 0x110 } as const;

/** The first ICE agent of a werift client; with its checks, once it gathers. */
export function iceOf(pc: RTCPeerConnection): Ice {
  return pc.iceTransports[0]?.connection as unknown as Ice;
}

/** A check by a pair, signed as the client signs it. */
export function makeCheck(ice: Ice, pair: Pair, { nominate = false } = {}): StunMessage {
  const { localUsername, remoteUsername, remotePassword } = ice;
  const { localCandidate } = pair;
  const options = { nominate, iceControlling: true, localUsername, remoteUsername, localCandidate };
  return ice.buildRequest(options).addMessageIntegrity(Buffer.from(remotePassword)).addFingerprint();
}
