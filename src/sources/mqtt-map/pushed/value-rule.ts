import { parseReadingKey } from '../../../config/reading-keys.ts';
import type { DeviceQuantity } from '../../../domain/device.ts';
import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import type { Reading } from '../../../domain/reading.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';

/** One value that a device publishes: what it is here, and in which unit it arrives. */
export interface PushedValue {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  /** Absent: to be learnt from what the device says of itself. */
  readonly unit?: string;
  readonly resets?: 'daily' | 'monthly' | 'at-boot';
  /** Why it is not quite what its name says; shown in `$meta`. */
  readonly doubt?: string;
}

/** The parts of a value as the file writes them, checked before. */
export function pushedValue(entry: {
  readonly quantity: string;
  readonly unit?: string | undefined;
  readonly resets?: PushedValue['resets'] | undefined;
}): PushedValue {
  const key = parseReadingKey(entry.quantity);
  if (key === undefined) throw new RangeError(`unknown quantity ${JSON.stringify(entry.quantity)}`);
  return {
    ...key,
    ...(entry.unit === undefined ? {} : { unit: entry.unit }),
    ...(entry.resets === undefined ? {} : { resets: entry.resets }),
  };
}

/** What the devices of a source tell, from their values. */
export function quantitiesOf(values: readonly PushedValue[], intervalMs: number): DeviceQuantity[] {
  return values.map(({ code, phase, resets, doubt }) => ({
    code,
    ...(phase === undefined ? {} : { phase }),
    ...(resets === undefined ? {} : { resets }),
    ...(doubt === undefined ? {} : { doubt }),
    intervalMs,
  }));
}

export type Refusal = 'no_number' | 'unit_unknown';

/**
 * The reading in a raw value (a number, or text as it came); the refusal says why there is none. The unit
 * is the value's own, else the one that was learnt.
 */
export function readValue(value: PushedValue, raw: unknown, learntUnit?: string): Reading | Refusal {
  const number = toNumber(raw);
  if (number === undefined) return 'no_number';
  const unit = value.unit ?? learntUnit;
  // A power factor has no unit, so nobody writes one.
  const convert = unitConversion(unit ?? '', value.code);
  if (convert === undefined) return 'unit_unknown';
  const { code, phase } = value;
  return { code, ...(phase === undefined ? {} : { phase }), value: convert(number) };
}
