import { describe, expect, test } from 'vitest';
import { checkPasswordHash } from '../../../src/config/password-hash.ts';

const SALT = Buffer.alloc(16, 1).toString('base64');
const HASH = Buffer.alloc(32, 2).toString('base64');

describe('checkPasswordHash', () => {
  test.each([
    `scrypt$16384$8$1$${SALT}$${HASH}`,
    `scrypt$1024$1$1$${SALT}$${HASH}`,
    `scrypt$131072$8$1$${SALT}$${HASH}`,
  ])('accepts %s', (text) => {
    expect(checkPasswordHash(text)).toBeUndefined();
  });

  test.each([
    ['', 'form'],
    ['hunter2', 'form'],
    [`bcrypt$16384$8$1$${SALT}$${HASH}`, 'form'],
    [`scrypt$16384$8$1$${SALT}$${HASH}$`, 'form'],
    [`scrypt$16383$8$1$${SALT}$${HASH}`, 'power of two'],
    [`scrypt$512$8$1$${SALT}$${HASH}`, 'power of two'],
    [`scrypt$-16384$8$1$${SALT}$${HASH}`, 'power of two'],
    [`scrypt$16384$0$1$${SALT}$${HASH}`, 'whole numbers'],
    [`scrypt$16384$8$x$${SALT}$${HASH}`, 'whole numbers'],
    [`scrypt$262144$8$1$${SALT}$${HASH}`, '128 MiB'],
    [`scrypt$16384$8$17$${SALT}$${HASH}`, '16 rounds'],
    [`scrypt$16384$8$1$c2hvcnQ=$${HASH}`, 'salt'],
    [`scrypt$16384$8$1$not base64!$${HASH}`, 'salt'],
    [`scrypt$16384$8$1$${SALT}$c2hvcnQ=`, 'hash'],
  ])('refuses %j: %s', (text, words) => {
    expect(checkPasswordHash(text)).toContain(words);
  });
});
