import type { SimulatedZigbeePlugConfig } from '../../config/types.ts';
import type { House } from '../house.ts';
import { chanceAt } from '../noise.ts';
import { counted, createPlugCircuit, numberOf, type PlugCircuit, rounded } from './plug-circuit.ts';
import type { PlugFault } from './program.ts';

/**
 * A Zigbee plug with the measuring clusters 0x0B04 (electrical measurement) and 0x0702 (metering), and what
 * zigbee2mqtt remembers of it. The plug reports each attribute by itself (ZCL revision 8, 2.5.7): at a change,
 * after the longest interval, never before the shortest.
 */
export interface ZigbeePlug {
  readonly name: string;
  readonly ieee: string;
  readonly circuit: PlugCircuit;
  fault: PlugFault | undefined;
  /** When the radio heard it last. */
  readonly lastHeardAt: number;
  /** Whether something came over the radio, so that its state is to be published. */
  report(at: number): boolean;
  /** Reads attributes over the radio; false when the plug does not answer. */
  read(attributes: readonly Attribute[], at: number): boolean;
  /** Everything that is remembered, however old. */
  state(): Readonly<Record<string, unknown>>;
}

export type Attribute = 'power' | 'voltage' | 'current' | 'energy' | 'state';

/** What one cluster holds: it is read as a whole. */
export const CLUSTERS = [
  ['power', 'voltage', 'current'],
  ['energy'],
  ['state'],
] as const satisfies readonly Attribute[][];

// 0x8000 of the attribute, as the converter shows the 24 bits of some plugs that have no value.
const NO_POWER = -8_388_608;
/** Mean seconds between two signs of life that bring no measured value. */
const BEACON_S = 17;
const RADIO_STREAM = 301;

interface ReportRule {
  readonly minMs: number;
  readonly maxMs: number;
  /** Smallest change that is told, in the unit of the attribute, given the value told last. */
  smallestChange(last: number): number;
}

const RULES: Readonly<Partial<Record<Attribute, ReportRule>>> = {
  power: { minMs: 1000, maxMs: 60_000, smallestChange: (last) => Math.min(2, 0.05 * Math.abs(last)) },
  voltage: { minMs: 5000, maxMs: 300_000, smallestChange: () => 2 },
  current: { minMs: 5000, maxMs: 300_000, smallestChange: (last) => Math.max(0.1, 0.05 * Math.abs(last)) },
  energy: { minMs: 10_000, maxMs: 3_600_000, smallestChange: () => 0.01 },
};

interface Told {
  readonly value: number | string;
  readonly at: number;
}

/**
 * `rememberedAt`: when an earlier run heard of it last; what it kept is from then. Throws an Error for a
 * circuit that the house does not have.
 */
export function createZigbeePlug(
  config: SimulatedZigbeePlugConfig,
  house: House,
  rememberedAt: number,
): ZigbeePlug {
  return new Plug(config, createPlugCircuit(house, config.measures), rememberedAt);
}

class Plug implements ZigbeePlug {
  readonly name: string;
  readonly ieee: string;
  fault: PlugFault | undefined;
  lastHeardAt: number;
  readonly #seed: number;
  readonly #told = new Map<Attribute, Told>();

  constructor(
    { name, ieee }: SimulatedZigbeePlugConfig,
    readonly circuit: PlugCircuit,
    rememberedAt: number,
  ) {
    this.name = name;
    this.ieee = ieee;
    this.#seed = numberOf(ieee);
    this.lastHeardAt = rememberedAt;
    this.read(CLUSTERS.flat(), rememberedAt);
  }

  report(at: number): boolean {
    if (this.fault === 'silent') return false;
    const due = RULED.filter((attribute) =>
      isDue(attribute, this.#told.get(attribute), this.#measure(attribute, at), at),
    );
    const isBeacon = chanceAt(this.#seed, RADIO_STREAM, Math.floor(at / 1000)) < 1 / BEACON_S;
    if (due.length === 0 && !isBeacon) return false;
    return this.read(due, at);
  }

  read(attributes: readonly Attribute[], at: number): boolean {
    if (this.fault === 'silent') return false;
    for (const attribute of attributes)
      this.#told.set(attribute, { value: this.#measure(attribute, at), at });
    this.lastHeardAt = at;
    return true;
  }

  state(): Readonly<Record<string, unknown>> {
    const told = (attribute: Attribute) => this.#told.get(attribute)?.value;
    const fading = chanceAt(this.#seed, RADIO_STREAM + 1, Math.floor(this.lastHeardAt / 1000));
    return {
      current: told('current'),
      energy: told('energy'),
      last_seen: new Date(this.lastHeardAt).toISOString(),
      linkquality: 90 + Math.floor(80 * fading),
      power: told('power'),
      state: told('state'),
      update: { installed_version: 268513381, latest_version: 268513381, state: 'idle' },
      voltage: told('voltage'),
    };
  }

  #measure(attribute: Attribute, at: number): number | string {
    const { p, v, i } = this.circuit.view(at);
    switch (attribute) {
      case 'power':
        return this.fault === 'sentinel' ? NO_POWER : rounded(p, 1);
      case 'voltage':
        return rounded(v, 1);
      case 'current':
        return rounded(i, 2);
      case 'energy':
        return counted(this.circuit.energyWh(at) / 1000, 2);
      case 'state':
        return this.circuit.isOn ? 'ON' : 'OFF';
    }
  }
}

const RULED = Object.keys(RULES) as readonly Attribute[]; // keys of a literal without others

function isDue(attribute: Attribute, last: Told | undefined, value: number | string, at: number): boolean {
  const rule = RULES[attribute];
  if (rule === undefined || last === undefined) return true;
  const passedMs = at - last.at;
  if (passedMs >= rule.maxMs) return true;
  const change = Math.abs(Number(value) - Number(last.value));
  return passedMs >= rule.minMs && change > 0 && change >= rule.smallestChange(Number(last.value));
}
