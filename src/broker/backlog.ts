/** What one connection has not taken yet. */
export interface Outlet {
  /** Bytes that wait in the stream. */
  readonly writableLength: number;
}

export interface BacklogLimits {
  readonly maxBytes: number;
  readonly maxMessages: number;
  /** Messages that wait for all connections together. */
  readonly maxMessagesInAll: number;
}

const OTHERS_SHARE = 0.75;
// Messages of others are noted before they are written, so a few large ones may come on top of the limit.
const OWNER_FACTOR = 8;

/**
 * Says for each delivery whether the subscriber can take one more. Messages are counted beside bytes,
 * because a tiny message costs some hundred bytes of memory while it waits in the stream.
 */
export class Backlog {
  readonly #limits: BacklogLimits;
  readonly #waiting = new Map<Outlet, number>();
  #inAll = 0;

  constructor(limits: BacklogLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#inAll;
  }

  /**
   * Notes one delivery of so many bytes; false where it would be too much and has to be dropped. There is
   * room left for messages of the gateway that others cannot fill: a flood does not push them out.
   */
  take(outlet: Outlet, bytes: number, isFromOwner: boolean): boolean {
    if (outlet.writableLength === 0) this.forget(outlet);
    const waiting = this.#waiting.get(outlet) ?? 0;
    const { maxMessages, maxBytes, maxMessagesInAll } = this.#limits;
    const isFull = isFromOwner
      ? waiting >= maxMessages || outlet.writableLength > OWNER_FACTOR * maxBytes
      : waiting >= OTHERS_SHARE * maxMessages ||
        (outlet.writableLength > 0 && outlet.writableLength + bytes > maxBytes);
    if (isFull) return false;
    if (this.#inAll >= maxMessagesInAll && !isFromOwner && waiting > 0) {
      this.#recount();
      if (this.#inAll >= maxMessagesInAll) return false;
    }
    this.#waiting.set(outlet, waiting + 1);
    this.#inAll += 1;
    return true;
  }

  forget(outlet: Outlet): void {
    this.#inAll -= this.#waiting.get(outlet) ?? 0;
    this.#waiting.delete(outlet);
  }

  // Who took everything since is only found out here.
  #recount(): void {
    for (const outlet of this.#waiting.keys()) if (outlet.writableLength === 0) this.forget(outlet);
  }
}
