import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Principal } from './access-rules.ts';
import { LoginDelay } from './login-delay.ts';
import { checkPassword } from './password.ts';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface StoredUser {
  readonly name: string;
  readonly passwordHash: string;
  readonly role: 'read' | 'write' | 'admin';
}

export interface AuthenticatorOptions {
  readonly users: readonly StoredUser[];
  /** Whether a client without a login is let in, with the role `write`. */
  readonly isOpen: boolean;
  readonly owner: Login;
  readonly clock: Clock;
}

export interface Authenticator {
  /** The gateway's own login: answered at once, never slowed down. */
  isOwner(username: string | undefined, password: Buffer | undefined): boolean;
  /** Never rejects. `busy` where too many logins wait already. */
  check(
    address: string,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<Principal | 'refused' | 'busy'>;
}

// Each check takes 16 MiB and 0.1 to 0.4 s of a thread that files and names are looked up with, too.
const MAX_CHECKS = 2;
const MAX_WAITING = 32;
const MAX_PER_ADDRESS = 8;
const ANONYMOUS: Principal = { name: undefined, role: 'write' };
// Nobody's password: checked where the user is unknown, so that an answer takes the same time.
const NOBODY = 'scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const hasUsers = options.users.length > 0;
  const checkUser = createUserCheck(options);
  const ownerDigest = digest(options.owner.username, Buffer.from(options.owner.password));
  const isOwner = (username: string | undefined, password: Buffer | undefined) =>
    username !== undefined &&
    password !== undefined &&
    timingSafeEqual(digest(username, password), ownerDigest);
  return {
    isOwner,
    async check(address, username, password) {
      if (isOwner(username, password)) return { name: username, role: 'owner' };
      if (username === undefined || !hasUsers) return options.isOpen ? ANONYMOUS : 'refused';
      return checkUser(address, username, password ?? Buffer.alloc(0));
    },
  };
}

function createUserCheck({ users: list, clock }: AuthenticatorOptions) {
  const users = new Map(list.map((user) => [user.name, user]));
  const delays = new LoginDelay();
  const turns = createTurns();
  const pending = new Map<string, number>();

  async function check(address: string, name: string, password: Buffer): Promise<Principal | 'refused'> {
    const user = users.get(name);
    const isRight = await checkPassword(password, user?.passwordHash ?? NOBODY).catch(() => false);
    if (user !== undefined && isRight) {
      delays.succeeded(address);
      return { name, role: user.role };
    }
    delays.failed(address, clock.monotonicMs());
    return 'refused';
  }

  // The delay comes before the turn: who has to wait for his own failures holds nobody else up.
  async function checkInTurn(address: string, name: string, password: Buffer) {
    const delayMs = delays.delayMs(address, clock.monotonicMs());
    if (delayMs > 0) await clock.sleep(delayMs);
    const turn = turns.take();
    if (turn === undefined) return 'busy' as const;
    await turn;
    try {
      return await check(address, name, password);
    } finally {
      turns.giveBack();
    }
  }

  return async (address: string, name: string, password: Buffer) => {
    const inCheck = pending.get(address) ?? 0;
    if (inCheck >= MAX_PER_ADDRESS) return 'busy' as const;
    pending.set(address, inCheck + 1);
    try {
      return await checkInTurn(address, name, password);
    } finally {
      const left = (pending.get(address) ?? 1) - 1;
      if (left > 0) pending.set(address, left);
      else pending.delete(address);
    }
  };
}

function digest(username: string, password: Buffer): Buffer {
  return createHash('sha256')
    .update(`${Buffer.byteLength(username)}:${username}:`)
    .update(password)
    .digest();
}

function createTurns() {
  let free = MAX_CHECKS;
  const waiting: (() => void)[] = [];
  return {
    take(): Promise<void> | undefined {
      if (free > 0) {
        free -= 1;
        return Promise.resolve();
      }
      if (waiting.length >= MAX_WAITING) return undefined;
      return new Promise((resolve) => waiting.push(resolve));
    },
    giveBack(): void {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
