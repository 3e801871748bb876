/** Constants that each Circle brought from the factory. */
export interface SimulatedCalibration {
  readonly gainA: number;
  readonly gainB: number;
  readonly totalOffset: number;
  readonly noiseOffset: number;
}

/** One entry of the energy log: the hour that ended then, in the Circle's own time. */
export interface LoggedHour {
  readonly endMs: number;
  readonly pulses: number;
}

/** Pulses as the measuring chip counts them: whole ones. Produced pulses are negative. */
export interface PulseCounts {
  readonly lastSecond: number;
  readonly lastEightSeconds: number;
  readonly hourConsumed: number;
  readonly hourProduced: number;
}

export interface CircleMeter {
  /** Counts up to the second that has passed at `nowMs`. */
  countUntil(nowMs: number): void;
  counts(): PulseCounts;
  readonly log: readonly LoggedHour[];
  /** Moves the Circle's own clock; hours end by it. */
  clockErrorMs: number;
}

const PULSES_PER_SECOND_AND_KW = 468.9385193;
const HOUR_S = 3600;
const WINDOW_S = 10;
/** More than a day that nobody asked about is counted in steps of a minute. */
const FINE_S = 24 * HOUR_S;
const COARSE_STEP_S = 60;

/** Counts the pulses that `watts` makes. The log begins with the first hour that ends. */
export function createCircleMeter(
  calibration: SimulatedCalibration,
  watts: (atMs: number) => number,
  startMs: number,
  clockErrorMs: number,
): CircleMeter {
  // It has been plugged in for a while, so that its first counts are of whole windows.
  let second = Math.floor(startMs / 1000) - WINDOW_S;
  let consumed = 0;
  let produced = 0;
  const recent: number[] = [0];
  const log: LoggedHour[] = [];
  let hourStart = { consumed: 0, produced: 0 };

  const hourOf = (atSecond: number) => Math.floor((atSecond + meter.clockErrorMs / 1000) / HOUR_S);

  function count(seconds: number): void {
    const rate = pulseRate(watts((second + seconds / 2) * 1000), calibration);
    if (rate > 0) consumed += rate * seconds;
    else produced -= rate * seconds;
    const hourBefore = hourOf(second);
    second += seconds;
    for (let n = 0; n < Math.min(seconds, 9); n++) recent.push(Math.floor(consumed) - Math.floor(produced));
    recent.splice(0, recent.length - 9);
    if (hourOf(second) === hourBefore) return;
    const endMs = hourOf(second) * HOUR_S * 1000;
    const backwards = Math.floor(produced) - Math.floor(hourStart.produced);
    log.push({ endMs, pulses: Math.floor(consumed) - Math.floor(hourStart.consumed) });
    // A Circle that logs production writes a second entry with the same time.
    if (backwards > 0) log.push({ endMs, pulses: -backwards });
    hourStart = { consumed, produced };
  }

  const meter: CircleMeter = {
    countUntil(nowMs) {
      const until = Math.floor(nowMs / 1000);
      while (second < until) {
        const left = until - second;
        const untilHour = HOUR_S - Math.floor((second + meter.clockErrorMs / 1000) % HOUR_S);
        count(left > FINE_S ? Math.max(1, Math.min(COARSE_STEP_S, untilHour)) : 1);
      }
    },
    counts: () => ({
      lastSecond: since(recent, 1),
      lastEightSeconds: since(recent, 8),
      hourConsumed: Math.floor(consumed) - Math.floor(hourStart.consumed),
      hourProduced: -(Math.floor(produced) - Math.floor(hourStart.produced)),
    }),
    log,
    clockErrorMs,
  };
  return meter;
}

function since(recent: readonly number[], seconds: number): number {
  const last = recent.at(-1) ?? 0;
  return last - (recent.at(-1 - seconds) ?? recent[0] ?? 0);
}

/**
 * Pulses a second that the chip gives for a power: the calibration formula backwards. Its quadratic term is
 * small, so the root that goes over into the straight line is the right one.
 */
function pulseRate(watts: number, { gainA, gainB, totalOffset, noiseOffset }: SimulatedCalibration): number {
  if (watts === 0) return 0;
  const wanted = (Math.abs(watts) / 1000) * PULSES_PER_SECOND_AND_KW - totalOffset;
  const root = Math.sqrt(Math.max(0, gainA * gainA + 4 * gainB * wanted));
  const rate = Math.max(0, (2 * wanted) / (gainA + root) - noiseOffset);
  return watts < 0 ? -rate : rate;
}
