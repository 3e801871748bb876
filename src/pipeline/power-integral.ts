/** Energy between two samples of power, kWh each. */
export interface EnergyStep {
  readonly imported: number;
  readonly exported: number;
}

const NOTHING: EnergyStep = { imported: 0, exported: 0 };
const W_MS_PER_KWH = 3.6e9;

/**
 * Sums power up: the trapezoid between each two samples. What lies in a gap longer than `freshMs`, or before a
 * `pause`, nobody has measured, and it is not counted.
 */
export class PowerIntegral {
  #last: { readonly p: number; readonly atMs: number } | undefined;

  /** `p` in W at `atMs`; the energy since the sample before. */
  add(p: number, atMs: number, freshMs: number): EnergyStep {
    const last = this.#last;
    this.#last = { p, atMs };
    // A clock that was set back makes no pair.
    if (last === undefined || atMs <= last.atMs || atMs - last.atMs > freshMs) return NOTHING;
    return trapezoid(last.p, p, (atMs - last.atMs) / W_MS_PER_KWH);
  }

  /** The device was away: what comes next is no pair with what was before. */
  pause(): void {
    this.#last = undefined;
  }
}

// Where the power changes its sign on the way, the line between the two crosses zero: a triangle on each side.
function trapezoid(from: number, to: number, length: number): EnergyStep {
  const swing = Math.abs(from) + Math.abs(to);
  if (from * to >= 0) {
    const area = (swing / 2) * length;
    return from + to >= 0 ? { imported: area, exported: 0 } : { imported: 0, exported: area };
  }
  const [positive, negative] = [Math.max(from, to), -Math.min(from, to)];
  return {
    imported: ((positive * positive) / swing / 2) * length,
    exported: ((negative * negative) / swing / 2) * length,
  };
}
