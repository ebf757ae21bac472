/** A client has a handful of addresses, also one that changes its network now and then. Ours. */
const maxPerOwner = 16;
/** Who says to be at an address without having shown it yet: one, unless others lie. Ours. */
const maxClaims = 8;

interface Address<Owner> {
  readonly proven: Owner | undefined;
  /** The oldest first. */
  readonly claims: readonly Owner[];
  /** All of them. */
  readonly owners: readonly Owner[];
}

/**
 * Whose a remote address is. Who sent a check that passed has claimed its source: it may have written any. Who answered a check of ours
 * from there has proven it, since it had to get the check. What comes from an address goes to its proven owner and to all that claim it:
 * DTLS and SRTP tell whose it is, and nobody is cut off by a claim. That they accept a packet proves no address: whoever has the keys of
 * a session can write any source on what it sends in it. So an ICE-lite agent, which never checks, has claims alone.
 */
export class AddressOwners<Owner extends object> {
  readonly #addresses = new Map<string, Address<Owner>>();
  /** Of each owner, the one that it proved longest ago first. */
  readonly #addressesOf = new Map<Owner, Set<string>>();

  /** How many addresses are somebody's. */
  get size(): number {
    return this.#addresses.size;
  }

  /** A check of the owner's client came from there, and passed. Of too many the newest gives way: who is there stays, whoever comes. */
  claim(owner: Owner, address: string): void {
    if (this.ownersOf(address).includes(owner)) return;
    const { proven, claims = [] } = this.#addresses.get(address) ?? {};
    const newest = claims.at(-1);
    if (newest !== undefined && claims.length >= maxClaims) this.#release(newest, address);
    this.#set(address, proven, [...claims.slice(0, maxClaims - 1), owner]);
    this.#note(owner, address);
  }

  /** The owner's client answered a check from there. Whoever was there before is not any more. */
  prove(owner: Owner, address: string): void {
    for (const other of this.ownersOf(address)) {
      if (other !== owner) this.#release(other, address);
    }
    this.#set(address, owner, []);
    this.#note(owner, address);
  }

  /** Who may be meant by what comes from an address. */
  ownersOf(address: string): readonly Owner[] {
    return this.#addresses.get(address)?.owners ?? [];
  }

  /** True when nobody else may be meant. */
  isOnly(owner: Owner, address: string): boolean {
    const owners = this.ownersOf(address);
    return owners.length === 1 && owners[0] === owner;
  }

  forget(owner: Owner): void {
    for (const address of [...(this.#addressesOf.get(owner) ?? [])]) this.#release(owner, address);
  }

  #set(address: string, proven: Owner | undefined, claims: readonly Owner[]): void {
    const owners = proven === undefined ? claims : [proven, ...claims];
    if (owners.length === 0) this.#addresses.delete(address);
    else this.#addresses.set(address, { proven, claims, owners });
  }

  #note(owner: Owner, address: string): void {
    const addresses = this.#addressesOf.get(owner) ?? new Set();
    this.#addressesOf.set(owner, addresses);
    addresses.delete(address);
    if (addresses.size >= maxPerOwner) this.#release(owner, this.#leastOf(owner, addresses));
    addresses.add(address);
  }

  /** What an owner can best do without: what it only claims, else what it proved longest ago. */
  #leastOf(owner: Owner, addresses: ReadonlySet<string>): string {
    for (const address of addresses) {
      if (this.#addresses.get(address)?.proven !== owner) return address;
    }
    return addresses.values().next().value as string;
  }

  #release(owner: Owner, address: string): void {
    const entry = this.#addresses.get(address);
    if (entry !== undefined) {
      const proven = entry.proven === owner ? undefined : entry.proven;
      const claims = entry.claims.filter((claimant) => claimant !== owner);
      this.#set(address, proven, claims);
    }
    const addresses = this.#addressesOf.get(owner);
    addresses?.delete(address);
    if (addresses?.size === 0) this.#addressesOf.delete(owner);
  }
}
