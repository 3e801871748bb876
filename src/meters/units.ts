import { type QuantityCode, quantityFacts } from '../domain/quantity.ts';

/**
 * A factor as a fraction. A value is multiplied with the numerator and then divided by the denominator, which
 * rounds once where a factor such as 0.1 would round twice (2257 * 0.1 is 225.70000000000002).
 */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

const fraction = (numerator: number, denominator = 1): Fraction => ({ numerator, denominator });

const prefixed = (unit: string): Readonly<Record<string, Fraction>> => ({
  [unit]: fraction(1),
  [`m${unit}`]: fraction(1, 1000),
  [`k${unit}`]: fraction(1000),
  [`M${unit}`]: fraction(1_000_000),
});
const energy = (unit: string): Readonly<Record<string, Fraction>> => ({
  [`k${unit}`]: fraction(1),
  [unit]: fraction(1, 1000),
  [`M${unit}`]: fraction(1000),
  [`G${unit}`]: fraction(1_000_000),
});

// Unit of a quantity, then unit in a meter: what to multiply the meter's value with.
const CONVERSIONS: Readonly<Record<string, Readonly<Record<string, Fraction>>>> = {
  W: prefixed('W'),
  var: prefixed('var'),
  VA: prefixed('VA'),
  V: prefixed('V'),
  A: prefixed('A'),
  Hz: prefixed('Hz'),
  kWh: energy('Wh'),
  kvarh: energy('varh'),
  kVAh: energy('VAh'),
  '°': { '°': fraction(1), deg: fraction(1), rad: fraction(180, Math.PI) },
  '°C': { '°C': fraction(1) },
  '%': { '%': fraction(1), '1': fraction(100), '': fraction(100) },
  '': { '': fraction(1), '1': fraction(1), '%': fraction(1, 100), '‰': fraction(1, 1000) },
};

/** What turns a value in the meter's unit into the unit of the quantity, or undefined where nothing does. */
export function unitConversion(meterUnit: string, code: QuantityCode): Fraction | undefined {
  const conversions = CONVERSIONS[quantityFacts(code).unit];
  if (conversions === undefined || !Object.hasOwn(conversions, meterUnit)) return undefined;
  return conversions[meterUnit];
}

/** The units in which a meter may hold a quantity, for messages. */
export function unitsOf(code: QuantityCode): readonly string[] {
  return Object.keys(CONVERSIONS[quantityFacts(code).unit] ?? {});
}

const LARGEST_EXACT_POWER_OF_TEN = 1e15;

/** The shortest decimal of a number as a fraction: 0.1 is 1/10, 2.5 is 25/10. */
export function decimalFraction(factor: number): Fraction {
  const [mantissa = '', exponent = '0'] = String(factor).split('e');
  const decimals = (mantissa.split('.')[1]?.length ?? 0) - Number(exponent);
  const denominator = Number(`1e${decimals}`);
  if (decimals <= 0 || denominator > LARGEST_EXACT_POWER_OF_TEN) return fraction(factor);
  const numerator = Math.round(factor * denominator);
  return Number.isSafeInteger(numerator) ? fraction(numerator, denominator) : fraction(factor);
}

/** Multiplies with several fractions in one go, so that 0.001 of a kW and 1000 W a kW cancel out exactly. */
export function multiply(value: number, ...factors: readonly Fraction[]): number {
  let numerator = 1;
  let denominator = 1;
  for (const factor of factors) {
    numerator *= factor.numerator;
    denominator *= factor.denominator;
  }
  const whole = numerator / denominator;
  if (Number.isInteger(whole)) return value * whole;
  const parts = denominator / numerator;
  if (Number.isInteger(parts)) return value / parts;
  return (value * numerator) / denominator;
}
