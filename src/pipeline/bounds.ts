import type { Device } from '../domain/device.ts';
import { type QuantityCode, quantityFacts } from '../domain/quantity.ts';
import type { Reading } from '../domain/reading.ts';

/** Values between these are possible; both ends belong to it. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

// Where the user gave no rating: wider than any installation of the kind, narrower than what a damaged
// register shows (unscaled words, exponents of a wrong word order).
const GENERIC_NOMINAL_V = 480;
const GENERIC_A = { 1: 400, 3: 6000 } as const;

/** Highest lasting voltage over the nominal one. */
const OVERVOLTAGE = 1.3;
/** A fuse carries several times its rated current for the seconds of a motor's start. */
const INRUSH = 5;
/** ... and 1.45 times for up to an hour before it must blow (IEC 60269-1, IEC 60898-1). */
const LASTING_OVERCURRENT = 1.45;
/** Between two lines: twice for split phase, which is more than the root of three. */
const BETWEEN_LINES = 2;
/** A meter at rest shows a little below zero. */
const ZERO_NOISE = 1;
const PF_ROUNDING = 0.02;

/** What a reading of this device can physically be; undefined where nothing is known against any value. */
export function gaugeBounds(device: Device, reading: Pick<Reading, 'code' | 'phase'>): Bounds | undefined {
  const { phase } = reading;
  const maxV = highestVoltage(device);
  const lineA = device.rating.fuseA ?? GENERIC_A[device.lines];
  const lineCount = phase === undefined || phase === 'sum' ? device.lines : 1;
  const maxA = lineA * INRUSH * lineCount;
  switch (reading.code) {
    case 'v': {
      const isBetweenLines = phase === 'l1l2' || phase === 'l2l3' || phase === 'l3l1' || phase === 'll';
      return { min: -ZERO_NOISE, max: maxV * (isBetweenLines ? BETWEEN_LINES : 1) };
    }
    case 'i':
      return { min: -maxA, max: maxA };
    case 'p':
    case 'q':
    case 's': {
      // A plug's own limit is a hard one: nothing beyond it flows through it, not even at a start.
      const most = Math.min(maxA * maxV, device.rating.maxW ?? Number.POSITIVE_INFINITY);
      return { min: -most, max: most };
    }
    case 'f':
      return { min: 0, max: 100 };
    case 'pf':
      return { min: -1 - PF_ROUNDING, max: 1 + PF_ROUNDING };
    case 'phi':
      return { min: -360, max: 360 };
    case 'v_thd':
    case 'i_thd':
      return { min: 0, max: 1000 };
    default:
      return undefined;
  }
}

export function isCounter(code: QuantityCode): boolean {
  return quantityFacts(code).kind === 'counter';
}

/** Most that an energy counter can gain, in its unit (kWh, kvarh, kVAh) per hour. */
export function highestRate(device: Device, reading: Pick<Reading, 'phase'>): number {
  const lineA = device.rating.fuseA ?? GENERIC_A[device.lines];
  const lineCount = reading.phase === undefined ? device.lines : 1;
  const most = lineA * LASTING_OVERCURRENT * highestVoltage(device) * lineCount;
  return Math.min(most, device.rating.maxW ?? Number.POSITIVE_INFINITY) / 1000;
}

function highestVoltage(device: Device): number {
  return (device.rating.nominalV ?? GENERIC_NOMINAL_V) * OVERVOLTAGE;
}
