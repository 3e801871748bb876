/**
 * The form of a stored password, as the broker checks it with scrypt (RFC 7914):
 *
 *     scrypt $ 16384 $ 8 $ 1 $ <salt, base64> $ <hash, base64>
 *              N       r   p
 */

/** What may stand where a password hash is expected. */
export const PASSWORD_HASH_FORM =
  'scrypt$16384$8$1$<salt, base64>$<hash, base64>; docs/configuration.md shows how to make one';

// Beyond this one log-in would take memory that a small computer does not have.
const MAX_MEMORY_BYTES = 128 * 1024 * 1024;

/** What is wrong with a password hash, in words that repeat nothing of it; undefined if it can be used. */
export function checkPasswordHash(text: string): string | undefined {
  const parts = text.split('$');
  const [name, n = '', r = '', p = '', salt = '', hash = ''] = parts;
  if (name !== 'scrypt' || parts.length !== 6) return 'it does not have the form of a password hash';
  const [cost, blockSize, parallel] = [n, r, p].map((part) => (/^\d{1,8}$/.test(part) ? Number(part) : 0));
  if (cost === undefined || cost < 1024 || !Number.isInteger(Math.log2(cost)))
    return 'its first number is not a power of two from 1024 on';
  if (blockSize === undefined || parallel === undefined || blockSize < 1 || parallel < 1)
    return 'its second and third number are not whole numbers from 1 on';
  if (parallel > 16 || 128 * cost * blockSize > MAX_MEMORY_BYTES)
    return 'it asks for more than 128 MiB of memory, or for more than 16 rounds';
  if (byteLength(salt) < 8 || byteLength(salt) > 64) return 'its salt is not 8 to 64 bytes of base64';
  if (byteLength(hash) < 16 || byteLength(hash) > 128) return 'its hash is not 16 to 128 bytes of base64';
  return undefined;
}

function byteLength(base64: string): number {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64').length : 0;
}
