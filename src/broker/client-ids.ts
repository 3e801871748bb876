import type { Principal } from './access-rules.ts';

/**
 * Which user a client id belongs to while a client or a stored session has it. MQTT lets a second client
 * with the same id take the place of the first; here only one of the same user can, so that nobody throws
 * the gateway off, or reads what waits for another user's session.
 */
export class ClientIds<Holder extends object> {
  readonly #holders = new Map<string, { holder: Holder | undefined; principal: Principal }>();
  readonly #hasSession: (clientId: string) => boolean;

  constructor(hasSession: (clientId: string) => boolean) {
    this.#hasSession = hasSession;
  }

  /** Takes a client id for a connection; false where it belongs to another user. */
  claim(clientId: string, holder: Holder, principal: Principal): boolean {
    const found = this.#holders.get(clientId);
    const isTaken = found !== undefined && (found.holder !== undefined || this.#hasSession(clientId));
    const isSame = found?.principal.name === principal.name && found?.principal.role === principal.role;
    if (isTaken && !isSame && principal.role !== 'owner') return false;
    this.#holders.set(clientId, { holder, principal });
    return true;
  }

  /** The connection is gone; true where no other has taken its client id meanwhile. */
  release(clientId: string, holder: Holder): boolean {
    const found = this.#holders.get(clientId);
    if (found?.holder !== holder) return false;
    if (this.#hasSession(clientId)) found.holder = undefined;
    else this.#holders.delete(clientId);
    return true;
  }

  /** Whether a client of the gateway itself has this client id. */
  isOwner(clientId: string | undefined): boolean {
    return clientId !== undefined && this.#holders.get(clientId)?.principal.role === 'owner';
  }

  /** Forgets users whose sessions have ended since. */
  sweep(): void {
    for (const [clientId, { holder }] of this.#holders)
      if (holder === undefined && !this.#hasSession(clientId)) this.#holders.delete(clientId);
  }
}
