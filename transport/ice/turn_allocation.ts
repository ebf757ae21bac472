import { isIPv6 } from "node:net";
import { IceFailure, type IceStep } from "./ice_failure.ts";
import { mappedAddressOf, type StunClient } from "./stun_client.ts";
import {
  addressOf,
  createStunMessage,
  type Endpoint,
  encodeXorAddress,
  errorOf,
  longTermKey,
  type StunMessage,
  stunAttributes,
  stunClasses,
  stunMethods,
  textOf,
} from "./stun_message.ts";

/** IANA's number of UDP, in the first of four bytes. */
const overUdp = Buffer.from([17, 0, 0, 0]);
/** 0x01 is IPv4, 0x02 IPv6, in the first of four bytes (RFC 8656, 18.6). */
const familyV6 = Buffer.from([2, 0, 0, 0]);
/** Of an allocation, in seconds. Ours: what is left behind when the program is cut off ends soon. */
const lifetimeS = 60;
/** A server asks for credentials, and may say once that what it asked with is stale. */
const maxAttempts = 3;

/** Who we are to a TURN server. */
export interface TurnLogin {
  readonly username: string;
  readonly credential: string;
}

/** An allocation on a TURN server (RFC 8656). Whoever makes it releases it. */
export class TurnAllocation {
  readonly relayed: Endpoint;
  /** Where the server sees us. */
  readonly mapped: Endpoint | undefined;
  readonly software: string | undefined;
  /** As the server grants it, in seconds. */
  readonly lifetimeS: number;
  /** Told of what comes in over the relay. */
  onData: ((data: Buffer, from: Endpoint) => void) | undefined;
  readonly #session: TurnRequests;

  /** Allocates; the client stays the caller's. @throws {IceFailure} of the step `allocate` */
  static async create(client: StunClient, login: TurnLogin, family: 4 | 6 = 4): Promise<TurnAllocation> {
    const session = new TurnRequests(client, login);
    const answer = await session.ask("allocate", stunMethods.allocate, () => [
      [stunAttributes.requestedTransport, overUdp],
      [stunAttributes.lifetime, uint32(lifetimeS)],
      ...(family === 6 ? [[stunAttributes.requestedFamily, familyV6] as const] : []),
    ]);
    const relayed = addressOf(answer, stunAttributes.relayedAddress);
    if (relayed === undefined) throw new IceFailure("allocate", { code: "no relayed address in the answer" });
    return new TurnAllocation(session, { relayed, answer });
  }

  private constructor(session: TurnRequests, { relayed, answer }: { relayed: Endpoint; answer: StunMessage }) {
    this.#session = session;
    this.relayed = relayed;
    this.mapped = mappedAddressOf(answer);
    this.software = textOf(answer, stunAttributes.software);
    this.lifetimeS = lifetimeOf(answer);
    session.client.onIndication = (message) => {
      const from = addressOf(message, stunAttributes.peerAddress);
      const data = message.attributes.get(stunAttributes.data);
      if (from !== undefined && data !== undefined) this.onData?.(data, from);
    };
  }

  /** Lets what comes from this address in. @throws {IceFailure} of the step `permission` */
  async permit(peer: Endpoint): Promise<void> {
    await this.#session.ask("permission", stunMethods.createPermission, (id) => [
      [stunAttributes.peerAddress, encodeXorAddress(peer, id)],
    ]);
  }

  /** Sends over the relay to whom it was permitted. */
  send(data: Buffer, peer: Endpoint): void {
    const bare = createStunMessage(stunMethods.send, stunClasses.indication);
    const attributes = new Map([
      [stunAttributes.peerAddress, encodeXorAddress(peer, bare.transactionId)],
      [stunAttributes.data, data],
    ]);
    this.#session.client.indicate({ ...bare, attributes });
  }

  /** @throws {IceFailure} of the step `refresh` */
  async refresh(): Promise<void> {
    await this.#session.ask("refresh", stunMethods.refresh, () => [[stunAttributes.lifetime, uint32(lifetimeS)]]);
  }

  /** Ends it at the server (RFC 8656, 7: a lifetime of 0). @throws {IceFailure} of the step `release` */
  async release(): Promise<void> {
    await this.#session.ask("release", stunMethods.refresh, () => [[stunAttributes.lifetime, uint32(0)]]);
  }
}

/** Family of what an allocation has to be of to reach an address. */
export function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

type Attributes = readonly (readonly [type: number, value: Buffer])[];

/** Requests with long-term credentials (RFC 8489, 9.2). */
class TurnRequests {
  readonly client: StunClient;
  readonly #login: TurnLogin;
  #realm = "";
  #nonce: Buffer | undefined;

  constructor(client: StunClient, login: TurnLogin) {
    this.client = client;
    this.#login = login;
  }

  async ask(step: IceStep, method: number, attributesFor: (id: Buffer) => Attributes): Promise<StunMessage> {
    let isSigned = this.#nonce !== undefined;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#askOnce(step, method, attributesFor);
      if (answer.class === stunClasses.success) return answer;
      const { code, reason } = errorOf(answer);
      const nonce = answer.attributes.get(stunAttributes.nonce);
      const isAskedFor = code === 438 || (code === 401 && !isSigned);
      if (!isAskedFor || nonce === undefined || attempt >= maxAttempts) {
        const alternate = addressOf(answer, stunAttributes.alternateServer);
        throw new IceFailure(step, { code: String(code), reason, isAfterCredentials: isSigned, alternate });
      }
      this.#nonce = nonce;
      this.#realm = answer.attributes.get(stunAttributes.realm)?.toString() ?? this.#realm;
      isSigned = true;
    }
  }

  async #askOnce(step: IceStep, method: number, attributesFor: (id: Buffer) => Attributes): Promise<StunMessage> {
    const { username, credential } = this.#login;
    const bare = createStunMessage(method, stunClasses.request);
    const own = attributesFor(bare.transactionId);
    if (this.#nonce === undefined) {
      return await this.client.request(step, { ...bare, attributes: new Map(own) });
    }
    const realm = this.#realm;
    const signed = new Map([
      ...own,
      [stunAttributes.username, Buffer.from(username)],
      [stunAttributes.realm, Buffer.from(realm)],
      [stunAttributes.nonce, this.#nonce],
    ]);
    return await this.client.request(step, { ...bare, attributes: signed }, longTermKey(username, realm, credential));
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function lifetimeOf(answer: StunMessage): number {
  const value = answer.attributes.get(stunAttributes.lifetime);
  return value?.length === 4 ? value.readUInt32BE() : 0;
}
