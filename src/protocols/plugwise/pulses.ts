/**
 * From pulses of the measuring chip to watts and kilowatt-hours.
 *
 *     r = pulses / seconds
 *     c = (r + noise)^2 x gainB + (r + noise) x gainA + totalOffset
 *     W = c x 1000 / 468.9385193
 *
 * 0 and -1 pulses are 0 W (what an idle plug counts), negative counts are the mirror image of positive ones, and
 * the time offset of the answer, some nanoseconds, is left out of account. The two programs that this was learned
 * from differ in all three; docs/plugwise.md says what that means.
 */
export interface Calibration {
  readonly gainA: number;
  readonly gainB: number;
  /** Pulses a second. */
  readonly totalOffset: number;
  /** Pulses a second. */
  readonly noiseOffset: number;
}

const PULSES_PER_SECOND_AND_KW = 468.9385193;
const SECONDS_PER_HOUR = 3600;

/** Mean power, W, of a count of pulses; negative where the plug gave power back. */
export function pulsesToWatts(pulses: number, seconds: number, calibration: Calibration): number {
  return (correctedRate(pulses, seconds, calibration) * 1000) / PULSES_PER_SECOND_AND_KW;
}

/** Energy, kWh, of a count of pulses over that time; negative where the plug gave power back. */
export function pulsesToKilowattHours(pulses: number, seconds: number, calibration: Calibration): number {
  const corrected = correctedRate(pulses, seconds, calibration) * seconds;
  return corrected / PULSES_PER_SECOND_AND_KW / SECONDS_PER_HOUR;
}

function correctedRate(pulses: number, seconds: number, calibration: Calibration): number {
  if (pulses === 0 || pulses === -1) return 0;
  const { gainA, gainB, totalOffset, noiseOffset } = calibration;
  const rate = Math.abs(pulses) / seconds + noiseOffset;
  const corrected = rate * rate * gainB + rate * gainA + totalOffset;
  // An offset must not turn a small load into production.
  return Math.sign(pulses) * Math.max(0, corrected);
}
