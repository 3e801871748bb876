import type { DerivedDevice } from '../domain/derived.ts';
import { type Availability, type Device, freshnessMs } from '../domain/device.ts';
import type { GatewayEvent } from '../domain/event.ts';
import type { Sample } from '../domain/reading.ts';
import type { Statistics } from '../domain/source.ts';
import { type DecidedMoment, DerivedMoments } from './derived-moments.ts';
import { type DerivedCode, DerivedTerm, type Gap } from './derived-term.ts';
import type { Estimate, EstimatedMoment } from './derived-witness.ts';

/** What the reference had when it was measured; waits until every other term has a sample behind it. */
interface Moment {
  readonly at: number;
  readonly p: number;
  readonly q: number | undefined;
}

// A reference each second and a term that reports each ten minutes; beyond it the oldest moment is given up.
const MAX_WAITING = 1000;
/** Share of the tolerance within which the witnesses have to agree; the rest is for what they do not see. */
const AGREEMENT = 0.5;

/** Computes one derived device. Each sample of a term costs the same, each moment once the number of terms. */
export class DerivedLane {
  readonly #terms = new Map<string, DerivedTerm>();
  readonly #referenceSign: 1 | -1;
  readonly #moments: DerivedMoments;
  #waiting: Moment[] = [];
  /** Terms that the oldest waiting moment still needs a sample of. */
  #behind = new Set<DerivedTerm>();
  #lastMoment = Number.NEGATIVE_INFINITY;
  #lastReadingAt = Number.NEGATIVE_INFINITY;
  #availability: Availability = 'offline';
  readonly #offlineTerms = new Map<string, string>();
  #lastCause = '';
  readonly #count = { emitted: 0, unaligned: 0, stale: 0, disordered: 0 };
  readonly #staleByTerm = new Map<string, number>();

  constructor(
    private readonly rule: DerivedDevice,
    public device: Device,
    devices: ReadonlyMap<string, Device>,
  ) {
    this.#referenceSign = rule.terms.find(({ deviceId }) => deviceId === rule.reference)?.sign ?? 1;
    for (const { deviceId, sign } of rule.terms) {
      const term = devices.get(deviceId);
      if (deviceId !== rule.reference && term !== undefined)
        this.#terms.set(deviceId, new DerivedTerm(deviceId, sign, freshnessMs(term)));
    }
    const reference = devices.get(rule.reference);
    this.#moments = new DerivedMoments(reference === undefined ? 0 : freshnessMs(reference));
  }

  /** More is known of this device, or of a term. */
  describe(device: Device, devices: ReadonlyMap<string, Device>): void {
    this.device = device;
    for (const term of this.#terms.values()) {
      const known = devices.get(term.deviceId);
      if (known !== undefined) term.freshMs = freshnessMs(known);
    }
  }

  /** A sample of one of the terms; gives what can now be told. */
  accept(sample: Sample): readonly GatewayEvent[] {
    const p = wholeValue(sample, 'p');
    if (p === undefined) return [];
    const q = wholeValue(sample, 'q');
    this.#offlineTerms.delete(sample.deviceId);
    const term = this.#terms.get(sample.deviceId);
    if (term === undefined) return this.#acceptReference({ at: sample.takenAt, p, q });
    if (!term.add(sample.takenAt, p, q)) this.#count.disordered += 1;
    if (!this.#behind.has(term) || term.isBehind(this.#waiting[0]?.at ?? 0)) return [];
    this.#behind.delete(term);
    return this.#behind.size === 0 ? this.#computeWaiting() : [];
  }

  /** A term has said that it is gone. */
  lose(deviceId: string, reason: string, at: number): readonly GatewayEvent[] {
    this.#offlineTerms.set(deviceId, reason);
    this.#lastCause = `${deviceId} is offline: ${reason}`;
    this.#terms.get(deviceId)?.breakOff();
    // Without the reference there are no moments any more, and nothing would tell that time goes on.
    const isOver = deviceId === this.rule.reference || this.#offlineTerms.size > this.#terms.size;
    return isOver ? this.#goOffline(at) : this.#expire(at);
  }

  #acceptReference(moment: Moment): readonly GatewayEvent[] {
    if (moment.at <= this.#lastMoment) {
      this.#count.disordered += 1;
      return [];
    }
    this.#lastMoment = moment.at;
    this.#waiting.push(moment);
    if (this.#waiting.length === 1) this.#beginOldest();
    const ended: DecidedMoment[] = [];
    while (this.#isHopeless(moment.at) || this.#waiting.length > MAX_WAITING) {
      this.#giveUpOldest();
      ended.push(...this.#moments.end());
    }
    const told = [...this.#tell(ended), ...(this.#behind.size === 0 ? this.#computeWaiting() : [])];
    return [...told, ...this.#expire(moment.at)];
  }

  #beginOldest(): void {
    const oldest = this.#waiting[0];
    this.#behind = new Set();
    if (oldest === undefined) return;
    for (const term of this.#terms.values()) if (term.isBehind(oldest.at)) this.#behind.add(term);
  }

  /** A term that was silent for its freshness behind a moment will not say any more what it was then. */
  #isHopeless(now: number): boolean {
    const oldest = this.#waiting[0];
    if (oldest === undefined || oldest.at === now) return false;
    for (const term of this.#behind) if (now - oldest.at > term.freshMs) return true;
    return false;
  }

  #giveUpOldest(): void {
    const oldest = this.#waiting.shift();
    const silent = [...this.#behind][0];
    if (oldest !== undefined && silent !== undefined) this.#countStale(silent.deviceId);
    this.#beginOldest();
  }

  #computeWaiting(): readonly GatewayEvent[] {
    const decided: DecidedMoment[] = [];
    while (this.#behind.size === 0) {
      const moment = this.#waiting.shift();
      if (moment === undefined) break;
      const estimated = this.#estimate(moment);
      decided.push(...(estimated === undefined ? this.#moments.end() : this.#moments.add(estimated)));
      this.#beginOldest();
    }
    return this.#tell(decided);
  }

  #tell(decided: readonly DecidedMoment[]): readonly GatewayEvent[] {
    const told: GatewayEvent[] = [];
    for (const { at, readings } of decided) {
      if (readings === undefined) {
        this.#count.unaligned += 1;
        this.#lastCause = 'its terms change faster than they are measured';
        continue;
      }
      this.#count.emitted += 1;
      this.#lastReadingAt = at;
      this.#availability = 'online';
      told.push({ type: 'sample', sample: { deviceId: this.rule.id, takenAt: at, readings } });
    }
    return told;
  }

  #estimate(moment: Moment): EstimatedMoment | undefined {
    let isComplete = true;
    for (const term of this.#terms.values()) {
      if (term.seek(moment.at)) continue;
      if (isComplete) this.#countStale(term.deviceId);
      isComplete = false;
    }
    if (!isComplete) return undefined;
    const { percent, absoluteW } = this.rule.tolerance;
    const allowed = Math.max((percent / 100) * Math.abs(moment.p), absoluteW);
    const p = this.#sum(moment, 'p', allowed);
    return p && { at: moment.at, p, q: this.#sum(moment, 'q', allowed), gaps: this.#gaps(moment.at) };
  }

  #gaps(moment: number): readonly Gap[] {
    return [...this.#terms.values()].flatMap((term) =>
      term.sign === this.#referenceSign ? [] : (term.valueAt(moment, 'p')?.gap ?? []),
    );
  }

  /** Undefined where a term lacks the quantity. */
  #sum(moment: Moment, code: DerivedCode, allowed: number): Estimate | undefined {
    const own = moment[code];
    if (own === undefined) return undefined;
    let value = this.#referenceSign * own;
    const squares = { resolution: 0, bend: 0, apart: 0, contained: 0 };
    let isExact = true;
    for (const term of this.#terms.values()) {
      const known = term.valueAt(moment.at, code);
      if (known === undefined) return undefined;
      value += term.sign * known.value;
      squares.resolution += known.resolution ** 2;
      squares.bend += known.bend ** 2;
      isExact &&= known.gap === undefined;
      if (term.sign === this.#referenceSign) squares.apart += known.difference ** 2;
      // A step of its resolution is no change, and has its place in the tolerance already.
      else squares.contained += Math.max(0, known.unrest - known.resolution) ** 2;
    }
    const left = Math.sqrt(Math.max(0, allowed ** 2 - squares.resolution));
    return {
      value,
      allowed: AGREEMENT * left,
      strictlyAllowed: AGREEMENT * left - Math.sqrt(squares.bend),
      isExact,
      isAligned: Math.sqrt(squares.apart) <= left,
      isSteady: Math.sqrt(squares.apart + squares.contained) <= left,
    };
  }

  #countStale(deviceId: string): void {
    this.#count.stale += 1;
    this.#staleByTerm.set(deviceId, (this.#staleByTerm.get(deviceId) ?? 0) + 1);
    const reason = this.#offlineTerms.get(deviceId);
    this.#lastCause =
      reason === undefined ? `${deviceId} gives no samples` : `${deviceId} is offline: ${reason}`;
  }

  #expire(now: number): readonly GatewayEvent[] {
    return now - this.#lastReadingAt > freshnessMs(this.device) ? this.#goOffline(now) : [];
  }

  #goOffline(at: number): readonly GatewayEvent[] {
    if (this.#availability === 'offline') return [];
    this.#availability = 'offline';
    return [{ type: 'availability', deviceId: this.rule.id, state: 'offline', at, reason: this.#lastCause }];
  }

  statistics(): Statistics {
    return {
      ...this.#count,
      waiting: this.#waiting.length,
      ...(this.#staleByTerm.size === 0 ? {} : { stale_by_term: Object.fromEntries(this.#staleByTerm) }),
    };
  }
}

function wholeValue(sample: Sample, code: DerivedCode): number | undefined {
  return sample.readings.find((reading) => reading.code === code && reading.phase === undefined)?.value;
}
