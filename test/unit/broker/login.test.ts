import { describe, expect, test } from 'vitest';
import { mayPublish, mayReceive, maySubscribe } from '../../../src/broker/access-rules.ts';
import { createAuthenticator } from '../../../src/broker/authenticator.ts';
import { isOpenBroker } from '../../../src/broker/broker-open.ts';
import { LoginDelay } from '../../../src/broker/login-delay.ts';
import { checkPassword, hashPassword } from '../../../src/broker/password.ts';
import type { Clock } from '../../../src/lib/clock.ts';

describe('passwords', () => {
  test('are recognised by their hash, and no other is', async () => {
    const stored = await hashPassword('Grüße 🔌');
    expect(stored).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$/);
    expect(await checkPassword('Grüße 🔌', stored)).toBe(true);
    expect(await checkPassword(Buffer.from('Grüße 🔌'), stored)).toBe(true);
    expect(await checkPassword('Grüße', stored)).toBe(false);
    expect(await hashPassword('Grüße 🔌')).not.toBe(stored);
  });

  test('are derived as RFC 7914 says', async () => {
    // Section 12: P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, the first 32 bytes.
    const salt = Buffer.from('SodiumChloride').toString('base64');
    const hash = '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2';
    const stored = `scrypt$16384$8$1$${salt}$${Buffer.from(hash, 'hex').toString('base64')}`;
    expect(await checkPassword('pleaseletmein', stored)).toBe(true);
  });

  test.each([
    '',
    'plain',
    'scrypt$16384$8$1$AAAA',
    'scrypt$16383$8$1$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAA==',
    'scrypt$16777216$8$1$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAA==',
    'scrypt$0$0$0$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAA==',
    'scrypt$16384$8$1$$',
    'bcrypt$16384$8$1$AAAAAAAAAAA=$AAAAAAAAAAAAAAAAAAAAAA==',
  ])('match nothing where the stored text is %j', async (stored) => {
    expect(await checkPassword('', stored)).toBe(false);
  });
});

test('a login waits longer after each failure, and not after a success', () => {
  const delay = new LoginDelay(2);
  const seen: number[] = [];
  for (let failure = 0; failure < 9; failure++) {
    seen.push(delay.delayMs('a', 0));
    delay.failed('a', 0);
  }
  expect(seen).toEqual([0, 0, 0, 500, 1000, 2000, 4000, 4000, 4000]);
  expect(delay.delayMs('b', 0)).toBe(0);
  expect(delay.delayMs('a', 5 * 60_000 + 1)).toBe(0);
  delay.failed('a', 0);
  delay.succeeded('a');
  expect(delay.delayMs('a', 0)).toBe(0);
});

test('the failures of so many addresses are remembered, the latest', () => {
  const delay = new LoginDelay(2);
  for (const address of ['a', 'b', 'c']) for (let i = 0; i < 4; i++) delay.failed(address, 0);
  expect(['a', 'b', 'c'].map((address) => delay.delayMs(address, 0))).toEqual([0, 1000, 1000]);
});

describe('the authenticator', () => {
  const slept: number[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    async sleep(ms) {
      slept.push(ms);
    },
    timer: () => () => {},
  };
  const owner = { username: 'gw', password: 'owner secret' };
  const create = async (isOpen: boolean) =>
    createAuthenticator({
      users: [{ name: 'ha', passwordHash: await hashPassword('right'), role: 'read' }],
      isOpen,
      owner,
      clock,
    });

  test('knows its users', async () => {
    const authenticator = await create(false);
    expect(await authenticator.check('x', 'ha', Buffer.from('right'))).toEqual({ name: 'ha', role: 'read' });
    expect(await authenticator.check('x', 'ha', Buffer.from('wrong'))).toBe('refused');
    expect(await authenticator.check('x', 'ha', undefined)).toBe('refused');
    expect(await authenticator.check('x', '__proto__', Buffer.from('right'))).toBe('refused');
  });

  test('lets a client without a login write where it is open, and nowhere else', async () => {
    expect(await (await create(true)).check('x', undefined, undefined)).toEqual({
      name: undefined,
      role: 'write',
    });
    expect(await (await create(true)).check('x', 'ha', Buffer.from('wrong'))).toBe('refused');
    expect(await (await create(false)).check('x', undefined, undefined)).toBe('refused');
  });

  test('takes any name for nobody where there are no users', async () => {
    const authenticator = createAuthenticator({ users: [], isOpen: true, owner, clock });
    expect(await authenticator.check('x', 'any', Buffer.from('thing'))).toMatchObject({ role: 'write' });
  });

  test('slows an address down after failures, never the gateway', async () => {
    const authenticator = await create(false);
    for (let failure = 0; failure < 4; failure++) await authenticator.check('bad', 'ha', Buffer.from('x'));
    slept.length = 0;
    await authenticator.check('bad', 'ha', Buffer.from('right'));
    await authenticator.check('good', 'ha', Buffer.from('right'));
    expect(slept).toEqual([1000]);
    expect(await authenticator.check('bad', 'gw', Buffer.from('owner secret'))).toEqual({
      name: 'gw',
      role: 'owner',
    });
    expect(authenticator.isOwner('gw', Buffer.from('owner secre'))).toBe(false);
    expect(authenticator.isOwner('gwowner', Buffer.from(' secret'))).toBe(false);
    expect(slept).toEqual([1000]);
  });

  test('turns away what one address asks beyond eight at once', async () => {
    const authenticator = await create(false);
    const ask = () => authenticator.check('bad', 'ha', Buffer.from('x'));
    const answers = await Promise.all(Array.from({ length: 12 }, ask));
    expect(answers.filter((answer) => answer === 'busy')).toHaveLength(4);
    expect(await authenticator.check('bad', 'ha', Buffer.from('right'))).toMatchObject({ name: 'ha' });
  });
});

test.each([
  ['read', false, true, false],
  ['write', true, true, false],
  ['admin', true, true, true],
  ['owner', true, true, true],
] as const)('%s: publish %s, subscribe %s, $SYS %s', (role, publishes, subscribes, reserved) => {
  expect(mayPublish(role, 'house/x')).toBe(publishes);
  expect(mayPublish(role, '$SYS/busbar/new/clients')).toBe(false);
  expect(maySubscribe(role, '#')).toBe(subscribes);
  expect(maySubscribe(role, '$SYS/#')).toBe(reserved);
  expect(mayReceive(role, '$SYS/busbar/heartbeat')).toBe(reserved);
  expect(mayReceive(role, 'house/x')).toBe(true);
});

test.each([
  ['127.0.0.1', 0, false, true],
  ['127.0.0.1', 1, false, false],
  ['0.0.0.0', 0, false, false],
  ['0.0.0.0', 1, true, true],
])('a broker on %s with %i users, anonymous %s, is open: %s', (host, users, allowAnonymous, expected) => {
  expect(isOpenBroker({ host, users: Array(users).fill({}), allowAnonymous })).toBe(expected);
});
