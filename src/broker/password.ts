import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Stored passwords: scrypt (RFC 7914), salt and hash in base64.
 *
 *     scrypt $ 16384 $ 8 $ 1 $ <salt> $ <hash>
 *              N       r   p
 */
interface StoredPassword {
  readonly cost: ScryptOptions;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const COST = { N: 16384, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_MEMORY_BYTES = 128 * 1024 * 1024;

/** Makes the text that is stored for a password; takes about 0.1 s and 16 MiB of memory. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(Buffer.from(password, 'utf8'), salt, HASH_BYTES, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Whether the password is the one that was hashed; false for a stored text that cannot be read. */
export async function checkPassword(password: string | Buffer, stored: string): Promise<boolean> {
  const parsed = parseStored(stored);
  if (parsed === undefined) return false;
  const given = typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
  const hash = await derive(given, parsed.salt, parsed.hash.length, parsed.cost);
  return timingSafeEqual(hash, parsed.hash);
}

function parseStored(stored: string): StoredPassword | undefined {
  const [name, n, r, p, salt = '', hash = '', ...more] = stored.split('$');
  const [N, blockSize, parallel] = [n, r, p].map((text) => (/^\d{1,8}$/.test(text ?? '') ? Number(text) : 0));
  if (name !== 'scrypt' || more.length > 0 || !N || !blockSize || !parallel) return undefined;
  if (N < 2 || !Number.isInteger(Math.log2(N)) || 128 * N * blockSize > MAX_MEMORY_BYTES || parallel > 16)
    return undefined;
  const bytes = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  if (bytes.salt.length < 8 || bytes.hash.length < 16 || bytes.hash.length > 128) return undefined;
  return { cost: { N, r: blockSize, p: parallel }, ...bytes };
}

function derive(password: Buffer, salt: Buffer, length: number, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: MAX_MEMORY_BYTES + 1024 * 1024 };
    scrypt(password, salt, length, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}
