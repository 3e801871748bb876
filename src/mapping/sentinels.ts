import { type QuantityCode, quantityFacts } from '../domain/quantity.ts';

/** What devices say instead of nothing: the ends of 16-, 24- and 32-bit words. */
const NARROW: ReadonlySet<number> = new Set([-0x8000, 0x7fff, 0xffff]);
const WIDE: ReadonlySet<number> = new Set([
  -0x80_0000, 0x7f_ffff, 0xff_ffff, -0x8000_0000, 0x7fff_ffff, 0xffff_ffff,
]);

// The device may have divided its word by 10 or 100 before it sent it; a wide word stays absurd even then.
const SCALES = [1, 10, 100];

/**
 * Whether a value, in the unit of its quantity, is a word that stands for "nothing measured". A counter may
 * well stand at 65535, so for counters only the wide words count, unscaled.
 */
export function isSentinel(value: number, code: QuantityCode): boolean {
  if (quantityFacts(code).kind === 'counter') return WIDE.has(value);
  if (NARROW.has(value)) return true;
  return SCALES.some((scale) => WIDE.has(nearestWhole(value * scale)));
}

// 83886.07 x 100 is 8388607.000000001 in floating point.
function nearestWhole(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-6 ? whole : Number.NaN;
}
