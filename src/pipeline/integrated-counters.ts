import { type Device, type DeviceQuantity, freshnessMs } from '../domain/device.ts';
import type { Reading, Sample } from '../domain/reading.ts';
import type { CounterMemory, CounterRecord } from './counter-memory.ts';
import { sum } from './own-counter.ts';
import { PowerIntegral } from './power-integral.ts';

/** A sum moves with every sample, and nobody needs it each second. */
const PUBLISHED_EVERY_MS = 10_000;
/** A meter at rest shows a little below zero; that makes no exporter of it. */
const REST_W = 1;

type EnergyCode = 'e_imp' | 'e_exp';

/** The energies of one device that has power and no counter of its own. */
export class IntegratedCounters {
  readonly #integral = new PowerIntegral();
  #slot: number | undefined;
  /** The device counts, whether it was described so or not. */
  #hasOwn = false;
  #wasDescribedSo = false;
  #isExporter: boolean;
  #described: { readonly of: Device; readonly state: string; readonly device: Device } | undefined;

  constructor(
    private readonly deviceId: string,
    private readonly memory: CounterMemory,
    private readonly isWanted: boolean,
  ) {
    this.#isExporter = memory.record(deviceId, 'e_exp')?.origin === 'integrated';
  }

  /** The device with the counters that are added; the same object as long as nothing changes. */
  describe(device: Device): Device {
    const state = `${this.#isActive(device)} ${this.#isExporter}`;
    if (this.#described?.of !== device || this.#described.state !== state)
      this.#described = { of: device, state, device: this.#describe(device) };
    return this.#described.device;
  }

  #describe(device: Device): Device {
    if (!this.#isActive(device)) return device;
    const intervalMs = Math.max(device.intervalMs, PUBLISHED_EVERY_MS);
    const added = this.#codes(device).map(
      (code): DeviceQuantity => ({ code, intervalMs, origin: 'integrated' }),
    );
    const own = device.quantities.filter(({ origin }) => origin !== 'integrated');
    return { ...device, quantities: [...own, ...added] };
  }

  /** Sums the sample's power up; the readings to add to it. */
  accept(device: Device, sample: Sample): readonly Reading[] {
    this.#hasOwn ||= sample.readings.some(isOwnEnergy);
    if (!this.#isActive(device)) return [];
    const p = sample.readings.find(({ code, phase }) => code === 'p' && phase === undefined)?.value;
    if (p === undefined || !Number.isFinite(p)) return [];
    const step = this.#integral.add(p, sample.takenAt, freshnessMs(device));
    this.#isExporter ||= p < -REST_W;
    const slot = Math.floor(sample.takenAt / PUBLISHED_EVERY_MS);
    const isDue = slot !== this.#slot;
    this.#slot = slot;
    const gains = { e_imp: step.imported, e_exp: step.exported };
    const readings = this.#codes(device).map((code) => this.#grow(code, gains[code], sample.takenAt));
    return isDue ? readings : [];
  }

  pause(): void {
    this.#integral.pause();
  }

  #grow(code: EnergyCode, gained: number, at: number): Reading {
    const known = this.memory.record(this.deviceId, code);
    const before = known?.origin === 'integrated' ? known : begin(known, at);
    const raw = before.raw + gained;
    const ceiling = this.memory.ceiling(this.deviceId, code);
    const published = Math.max(before.published, Math.min(sum(raw, before.offset), ceiling));
    this.memory.keep(this.deviceId, code, { ...before, raw, at, published }, before !== known);
    return { code, value: published };
  }

  #isActive(device: Device): boolean {
    const whole = device.quantities.filter(({ phase }) => phase === undefined);
    const isDescribedSo = whole.some((quantity) => quantity.origin !== 'integrated' && isOwnEnergy(quantity));
    // A description that loses the counter is believed until the counter is seen again.
    if (this.#wasDescribedSo && !isDescribedSo) this.#hasOwn = false;
    this.#wasDescribedSo = isDescribedSo;
    return this.isWanted && !this.#hasOwn && !isDescribedSo && whole.some(({ code }) => code === 'p');
  }

  #codes(device: Device): readonly EnergyCode[] {
    const hasOwnExport = device.quantities.some(
      ({ code, phase, origin }) => code === 'e_exp' && phase === undefined && origin !== 'integrated',
    );
    return this.#isExporter && !hasOwnExport ? ['e_imp', 'e_exp'] : ['e_imp'];
  }
}

// A device that had a counter and has none any more goes on from what was published of it.
function begin(known: CounterRecord | undefined, at: number): CounterRecord {
  const published = known === undefined ? 0 : Math.max(known.published, known.mayHavePublished ?? 0);
  const resets = known === undefined ? 0 : known.resets + 1;
  return {
    raw: 0,
    offset: published,
    published,
    at,
    since: known?.since ?? at,
    resets,
    origin: 'integrated',
  };
}

// A meter that counts both directions together has a counter as well.
function isOwnEnergy({ code, phase }: Pick<Reading, 'code' | 'phase'>): boolean {
  return phase === undefined && (code === 'e_imp' || code === 'e_tot');
}
