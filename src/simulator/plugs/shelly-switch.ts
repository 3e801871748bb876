import type { House } from '../house.ts';
import { counted, createPlugCircuit, type PlugCircuit, rounded } from './plug-circuit.ts';

export interface ShellyStatus {
  readonly id: number;
  readonly source: string;
  readonly output: boolean;
  readonly apower: number | null;
  readonly voltage: number;
  readonly current: number;
  readonly aenergy: ShellyEnergy;
  readonly temperature: { readonly tC: number; readonly tF: number };
  readonly errors?: readonly string[];
}

export interface ShellyEnergy {
  /** The latest minute first. */
  readonly by_minute: readonly number[];
  readonly minute_ts: number;
  readonly total: number;
}

export const MINUTE_MS = 60_000;
const KEPT_MINUTES = 6;

/** The component `switch:0` of a Shelly plug: W, V, A, energies in Wh and, by minute, in mWh. */
export class ShellySwitch {
  /** What opened or closed it last: `init`, `MQTT`. */
  source = 'init';
  readonly circuit: PlugCircuit;
  /** Wh at the ends of the minutes that it has seen; older ones are forgotten. */
  readonly #ends = new Map<number, number>();
  #firstMinute: number;

  /** Throws an Error for a circuit that the house does not have. */
  constructor(house: House, measures: string, startAt: number) {
    this.circuit = createPlugCircuit(house, measures);
    this.#firstMinute = Math.ceil(startAt / MINUTE_MS);
  }

  /** The whole component, measured now. */
  statusAt(at: number, hasNoPower: boolean): ShellyStatus {
    const { p, v, i } = this.circuit.view(at);
    const tC = rounded(31 + Math.abs(p) / 150, 1);
    return {
      id: 0,
      source: this.source,
      output: this.circuit.isOn,
      // Its chip has no sign: what a roof feeds in shows as load.
      apower: hasNoPower ? null : rounded(Math.abs(p), 1),
      voltage: rounded(v, 1),
      current: rounded(i, 3),
      aenergy: this.#energyAt(at),
      temperature: { tC, tF: rounded(tC * 1.8 + 32, 1) },
      ...(hasNoPower ? { errors: ['power_meter_failure'] } : {}),
    };
  }

  /** The total is in its flash, the minutes are not. */
  restart(at: number): void {
    this.source = 'init';
    this.#ends.clear();
    this.#firstMinute = Math.ceil(at / MINUTE_MS);
  }

  #energyAt(at: number): ShellyEnergy {
    const minute = Math.floor(at / MINUTE_MS);
    return {
      by_minute: [0, 1, 2].map((n) => this.#ofMinute(minute - n)),
      minute_ts: minute * 60,
      total: counted(this.circuit.energyWh(at), 3),
    };
  }

  /** mWh of the minute that ends at the begin of this one; 0 where it has not seen it whole. */
  #ofMinute(minute: number): number {
    const [from, to] = [this.#endOf(minute - 1), this.#endOf(minute)];
    return from === undefined || to === undefined ? 0 : rounded((to - from) * 1000, 3);
  }

  #endOf(minute: number): number | undefined {
    if (minute < this.#firstMinute) return undefined;
    const energyWh = this.#ends.get(minute) ?? this.circuit.energyWh(minute * MINUTE_MS);
    this.#ends.set(minute, energyWh);
    for (const old of this.#ends.keys()) if (old < minute - KEPT_MINUTES) this.#ends.delete(old);
    return energyWh;
  }
}
