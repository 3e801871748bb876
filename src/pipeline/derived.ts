import type { DerivedDevice } from '../domain/derived.ts';
import type { Device } from '../domain/device.ts';
import type { GatewayEvent } from '../domain/event.ts';
import type { Statistics } from '../domain/source.ts';
import { describeAllDerived } from './derived-device.ts';
import { DerivedLane } from './derived-lane.ts';

/** Computes devices from others: a sum of circuits, what the mains measure and no plug does. */
export interface DerivedStage {
  /** The derived devices, for whoever publishes them. */
  readonly devices: readonly Device[];
  /** Takes an event of another device; gives the events of derived devices that follow from it, in order. */
  accept(event: GatewayEvent): readonly GatewayEvent[];
  statistics(): Statistics;
}

export interface DerivedStageOptions {
  readonly rules: readonly DerivedDevice[];
  /** All that are measured; rules may also name each other. */
  readonly devices: readonly Device[];
}

/**
 * A derived device has a value for each moment at which its reference was measured; what the other terms were
 * then is known from their samples before and after it (docs/decisions/0007-derived-devices.md). Throws a
 * RangeError for a rule that names no device, or for rules in a circle.
 */
export function createDerivedStage(options: DerivedStageOptions): DerivedStage {
  return new LanesOfRules(options);
}

class LanesOfRules implements DerivedStage {
  readonly devices: readonly Device[];
  readonly #known: Map<string, Device>;
  readonly #derivedIds: ReadonlySet<string>;
  readonly #lanes: DerivedLane[] = [];
  readonly #lanesByTerm = new Map<string, DerivedLane[]>();

  constructor(private readonly options: DerivedStageOptions) {
    const described = describeAllDerived(options.rules, options.devices);
    this.devices = [...described.values()];
    this.#derivedIds = new Set(described.keys());
    this.#known = new Map([...options.devices, ...this.devices].map((device) => [device.id, device]));
    for (const rule of options.rules) {
      const device = described.get(rule.id);
      if (device === undefined) continue;
      const lane = new DerivedLane(rule, device, this.#known);
      this.#lanes.push(lane);
      for (const { deviceId } of rule.terms)
        this.#lanesByTerm.set(deviceId, [...(this.#lanesByTerm.get(deviceId) ?? []), lane]);
    }
  }

  accept(event: GatewayEvent): readonly GatewayEvent[] {
    if (event.type === 'device') return this.#describe(event.device);
    const told: GatewayEvent[] = [];
    let waiting = this.#follow(event);
    // A derived device may be a term of another.
    while (waiting.length > 0) {
      told.push(...waiting);
      waiting = waiting.flatMap((each) => this.#follow(each));
    }
    return told;
  }

  #follow(event: GatewayEvent): readonly GatewayEvent[] {
    if (event.type === 'sample')
      return this.#lanesOf(event.sample.deviceId).flatMap((lane) => lane.accept(event.sample));
    if (event.type !== 'availability' || event.state === 'online') return [];
    return this.#lanesOf(event.deviceId).flatMap((lane) => lane.lose(event.deviceId, event.reason, event.at));
  }

  #lanesOf(deviceId: string): readonly DerivedLane[] {
    return this.#lanesByTerm.get(deviceId) ?? [];
  }

  #describe(device: Device): readonly GatewayEvent[] {
    if (!this.#known.has(device.id) || this.#derivedIds.has(device.id)) return [];
    this.#known.set(device.id, device);
    const measured = this.options.devices.map(({ id }) => this.#known.get(id) ?? device);
    const described = describeAllDerived(this.options.rules, measured);
    for (const [id, next] of described) this.#known.set(id, next);
    const changed: GatewayEvent[] = [];
    for (const lane of this.#lanes) {
      const next = described.get(lane.device.id) ?? lane.device;
      if (JSON.stringify(next) !== JSON.stringify(lane.device))
        changed.push({ type: 'device', device: next });
      lane.describe(next, this.#known);
    }
    return changed;
  }

  statistics(): Statistics {
    return Object.fromEntries(this.#lanes.map((lane) => [lane.device.id, lane.statistics()]));
  }
}
