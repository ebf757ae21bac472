import { lookup } from "node:dns/promises";
import { isIP, isIPv4 } from "node:net";
import { IceFailure, type IceStep } from "./ice_failure.ts";
import type { ParsedIceUrl } from "./parsed_ice_url.ts";
import type { StunChannel } from "./stun_channel.ts";
import {
  addressOf,
  createStunMessage,
  type Endpoint,
  encodeStunMessage,
  parseStunMessage,
  type StunMessage,
  stunAttributes,
  stunClasses,
  stunMethods,
  textOf,
} from "./stun_message.ts";

/** Before the first repetition, doubled for each (RFC 8489, 6.2.1, recommends 500 ms or less). */
const firstRepetitionMs = 250;
/** How long an answer may take in all, in milliseconds. Ours: four times over UDP, and nobody would call over a slower way. */
const answerTimeoutMs = 3_000;
/** Of a resolver that does not answer. Ours. */
const lookupTimeoutMs = 4_000;

interface Pending {
  readonly resolve: (message: StunMessage) => void;
  readonly fail: (code: string) => void;
}

/** Asks a STUN or TURN server over a channel, which it owns, and gives up after a bounded time. */
export class StunClient {
  readonly channel: StunChannel;
  readonly #pending = new Map<string, Pending>();
  #isClosed = false;
  /** Told of what came without being asked for. */
  onIndication: ((message: StunMessage) => void) | undefined;

  constructor(channel: StunChannel) {
    this.channel = channel;
    channel.listen({
      message: (bytes) => this.#hear(bytes),
      failed: (code) => {
        for (const pending of [...this.#pending.values()]) pending.fail(code);
      },
    });
  }

  /** @throws {IceFailure} where nobody answers in time; an answer that is an error is an answer */
  request(step: IceStep, message: StunMessage, key?: Buffer): Promise<StunMessage> {
    if (this.#isClosed) return Promise.reject(new IceFailure(step, { code: "closed" }));
    const bytes = encodeStunMessage(message, key);
    const id = message.transactionId.toString("hex");
    return new Promise((resolve, reject) => {
      let delayMs = firstRepetitionMs;
      let timer: NodeJS.Timeout | undefined;
      const end = () => {
        clearTimeout(timer);
        clearTimeout(deadline);
        this.#pending.delete(id);
      };
      const fail = (code: string) => {
        end();
        reject(new IceFailure(step, { code }));
      };
      const deadline = setTimeout(() => fail("TIMEOUT"), answerTimeoutMs);
      this.#pending.set(id, {
        fail,
        resolve: (answer) => {
          end();
          resolve(answer);
        },
      });
      const send = () => {
        this.channel.send(bytes);
        if (this.channel.isReliable) return;
        timer = setTimeout(send, delayMs);
        delayMs *= 2;
      };
      send();
    });
  }

  /** Sends what nobody answers. */
  indicate(message: StunMessage): void {
    this.channel.send(encodeStunMessage(message));
  }

  close(): void {
    this.#isClosed = true;
    this.channel.close();
    for (const pending of [...this.#pending.values()]) pending.fail("closed");
  }

  #hear(bytes: Buffer): void {
    const message = parseStunMessage(bytes);
    if (message?.class === stunClasses.indication) this.onIndication?.(message);
    else if (message !== undefined) this.#pending.get(message.transactionId.toString("hex"))?.resolve(message);
  }
}

/** What a server says of where our packets come from. */
export interface StunBinding {
  readonly mapped: Endpoint;
  readonly roundTripMs: number;
  readonly software: string | undefined;
}

/** Asks a server where our packets come from. @throws {IceFailure} */
export async function askBinding(client: StunClient): Promise<StunBinding> {
  const beganMs = performance.now();
  const answer = await client.request("binding", createStunMessage(stunMethods.binding, stunClasses.request));
  const roundTripMs = performance.now() - beganMs;
  const mapped = mappedAddressOf(answer);
  if (mapped === undefined) throw new IceFailure("binding", { code: "no address in the answer" });
  return { mapped, roundTripMs, software: textOf(answer, stunAttributes.software) };
}

/** Where our packets come from, as an answer says it. */
export function mappedAddressOf(answer: StunMessage): Endpoint | undefined {
  return addressOf(answer, stunAttributes.xorMappedAddress) ?? addressOf(answer, stunAttributes.mappedAddress);
}

/** The addresses of a server, those of IPv4 first. @throws {IceFailure} of the step `resolve` */
export async function resolveServer({ host }: Pick<ParsedIceUrl, "host">): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new IceFailure("resolve", { code: "TIMEOUT" })), lookupTimeoutMs);
  try {
    const found = await Promise.race([lookup(host, { all: true }), timeout.promise]);
    const addresses = [...new Set(found.map(({ address }) => address))];
    return addresses.sort((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)));
  } catch (error) {
    if (error instanceof IceFailure) throw error;
    throw new IceFailure("resolve", { code: (error as NodeJS.ErrnoException).code ?? "unknown" });
  } finally {
    clearTimeout(timer);
  }
}
