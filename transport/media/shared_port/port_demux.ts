import { AddressOwners } from "./address_owners.ts";
import type { DroppedDatagrams } from "./dropped_datagrams.ts";
import { PendingRequests } from "./pending_requests.ts";
import {
  isRequest,
  isResponse,
  isStun,
  readFragment,
  stunTypeOf,
  stunTypes,
  transactionIdOf,
} from "./stun_datagram.ts";

/** Who hears by a port. */
export interface PortMember {
  receive(datagram: Buffer, address: string, port: number): void;
  /** Whether an answer is signed with the password of the member's client. Without that it shows nothing: some answer whatever comes. */
  isSigned(response: Buffer): boolean;
}

/** So many fragments of an agent are known: each ICE restart makes one, and checks for the ones before may be under way. Ours. */
const maxFragmentsPerMember = 8;

/**
 * Tells whose a datagram is that comes by a port of many peer connections: a check by the user fragment that it names, an answer by the
 * request that it answers, everything else by where it comes from, as far as that is known from checks that passed.
 */
export class PortDemux {
  readonly #dropped: DroppedDatagrams;
  readonly #byFragment = new Map<string, PortMember>();
  readonly #fragmentsOf = new Map<PortMember, string[]>();
  readonly #requests: PendingRequests<PortMember>;
  readonly #owners = new AddressOwners<PortMember>();

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number, dropped: DroppedDatagrams) {
    this.#dropped = dropped;
    this.#requests = new PendingRequests(now);
  }

  /** What is kept, for those who look whether it is freed. */
  get sizes(): { readonly fragments: number; readonly requests: number; readonly addresses: number } {
    return { fragments: this.#byFragment.size, requests: this.#requests.size, addresses: this.#owners.size };
  }

  /** Checks for this fragment are the member's from now on, beside those for its fragments before. */
  addFragment(member: PortMember, fragment: string): void {
    if (this.#byFragment.get(fragment) === member) return;
    const fragments = this.#fragmentsOf.get(member) ?? [];
    this.#fragmentsOf.set(member, fragments);
    fragments.push(fragment);
    this.#byFragment.set(fragment, member);
    if (fragments.length > maxFragmentsPerMember) this.#dropFragment(member, fragments.shift() as string);
  }

  /** Forgets all of a member, who gets nothing any more. */
  remove(member: PortMember): void {
    for (const fragment of this.#fragmentsOf.get(member) ?? []) this.#dropFragment(member, fragment);
    this.#fragmentsOf.delete(member);
    this.#requests.forget(member);
    this.#owners.forget(member);
  }

  /** Learns from what a member sends: it answers only checks that passed (patch 011), and an answer to what it asks is its own. */
  noteSent(member: PortMember, datagram: Buffer, address: string, port: number): void {
    if (!isStun(datagram)) return;
    const type = stunTypeOf(datagram);
    if (type === stunTypes.bindingSuccess) this.#owners.claim(member, keyOf(address, port));
    else if (type === stunTypes.bindingRequest) {
      // One without a fragment asks a server, which is nobody's client.
      const isToClient = readFragment(datagram) !== undefined;
      this.#requests.add(transactionIdOf(datagram), { owner: member, remote: keyOf(address, port), isToClient });
    }
  }

  /** Hands a datagram to whom it is for. */
  receive(datagram: Buffer, address: string, port: number): void {
    if (isStun(datagram)) {
      const type = stunTypeOf(datagram);
      if (isRequest(type)) this.#receiveRequest(datagram, address, port);
      else if (isResponse(type)) this.#receiveResponse(datagram, address, port);
      else this.#receiveFromOwner(datagram, address, port);
    } else this.#receiveFromOwner(datagram, address, port);
  }

  /** True when what comes from an address is for this member and nobody else. */
  isOnlyOwner(member: PortMember, address: string, port: number): boolean {
    return this.#owners.isOnly(member, keyOf(address, port));
  }

  #receiveRequest(datagram: Buffer, address: string, port: number): void {
    const member = this.#byFragment.get(readFragment(datagram) ?? "");
    if (member === undefined) this.#dropped.add("fragment");
    else member.receive(datagram, address, port);
  }

  #receiveResponse(datagram: Buffer, address: string, port: number): void {
    const id = transactionIdOf(datagram);
    const request = this.#requests.find(id);
    if (request === undefined) {
      this.#dropped.add("transaction");
      return;
    }
    const { owner, remote, isToClient } = request;
    const key = keyOf(address, port);
    // The agent ignores any other, and waits on: so does the request.
    const isGenuine = remote === key && (!isToClient || owner.isSigned(datagram));
    if (isGenuine) {
      this.#requests.drop(id);
      if (isToClient && stunTypeOf(datagram) === stunTypes.bindingSuccess) this.#owners.prove(owner, key);
    }
    owner.receive(datagram, address, port);
  }

  #receiveFromOwner(datagram: Buffer, address: string, port: number): void {
    const owners = this.#owners.ownersOf(keyOf(address, port));
    if (owners.length === 0) this.#dropped.add("address");
    else if (owners.length === 1) owners[0]?.receive(datagram, address, port);
    else deliverToAll(owners, datagram, address, port);
  }

  #dropFragment(member: PortMember, fragment: string): void {
    if (this.#byFragment.get(fragment) === member) this.#byFragment.delete(fragment);
  }
}

function keyOf(address: string, port: number): string {
  return `${address}:${port}`;
}

/** Who receives a datagram may write to it: each other one gets a copy, made before. */
function deliverToAll(owners: readonly PortMember[], datagram: Buffer, ...from: readonly [string, number]): void {
  const copies = owners.map((_, index) => (index === 0 ? datagram : Buffer.from(datagram)));
  for (const [index, owner] of owners.entries()) owner.receive(copies[index] as Buffer, ...from);
}
