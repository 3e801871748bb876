import type { Refusal } from './packet-error.ts';

/**
 * Who may hold a connection. Beyond the limits a connection is still taken, on probation: only the gateway
 * itself gets further from there, and the oldest on probation makes room for the next. So strangers can
 * fill every place and the gateway still finds one.
 */
export interface Slot {
  readonly id: number;
  readonly address: string;
  standing: 'guest' | 'probation' | 'owner' | 'gone';
  /** Which limit was reached when it came. */
  readonly over: Refusal | undefined;
}

export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxPerAddress: number;
  readonly maxProbation: number;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perAddress = new Map<string, number>();
  readonly #probation = new Set<Slot>();
  #guests = 0;
  #nextId = 1;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Guests and connections on probation; the gateway's own are not counted. */
  get count(): number {
    return this.#guests + this.#probation.size;
  }

  /** Takes a connection in; `evicted` is one that has to go for it. */
  arrive(address: string): { readonly slot: Slot; readonly evicted: Slot | undefined } {
    const key = addressKey(address);
    const over = this.#limitReached(key);
    const slot: Slot = {
      id: this.#nextId++,
      address: key,
      standing: over === undefined ? 'guest' : 'probation',
      over,
    };
    if (over === undefined) {
      this.#guests += 1;
      this.#perAddress.set(key, (this.#perAddress.get(key) ?? 0) + 1);
      return { slot, evicted: undefined };
    }
    this.#probation.add(slot);
    const [oldest] = this.#probation;
    const evicted = this.#probation.size > this.#limits.maxProbation ? oldest : undefined;
    if (evicted !== undefined) this.leave(evicted);
    return { slot, evicted };
  }

  /** The connection showed the gateway's own login: it counts no more. */
  makeOwner(slot: Slot): void {
    if (slot.standing === 'gone') return;
    this.leave(slot);
    slot.standing = 'owner';
  }

  leave(slot: Slot): void {
    if (slot.standing === 'probation') this.#probation.delete(slot);
    if (slot.standing === 'guest') {
      this.#guests -= 1;
      const left = (this.#perAddress.get(slot.address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(slot.address, left);
      else this.#perAddress.delete(slot.address);
    }
    slot.standing = 'gone';
  }

  #limitReached(key: string): Refusal | undefined {
    if (this.#guests >= this.#limits.maxConnections) return 'too-many-connections';
    const fromThere = this.#perAddress.get(key) ?? 0;
    return fromThere >= this.#limits.maxPerAddress ? 'too-many-from-address' : undefined;
  }
}

/** What counts as one address: an IPv4 address, or the 64-bit network of an IPv6 address. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: gap }, () => '0'), ...last];
  const network = groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
  return plain === '::1' ? plain : `${network.join(':')}::/64`;
}

/** Whether an address, or the name of a listener, means this computer only. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, '');
  return plain === '::1' || plain === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}
