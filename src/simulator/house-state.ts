import {
  CHANNELS,
  circuitPower,
  distortionOf,
  type HouseDay,
  LOAD_NAMES,
  linePower,
  SOLAR,
  SUMS,
  sagged,
  shareOf,
  supplyVoltage,
} from './house-day.ts';
import { chanceAt, wanderAt } from './noise.ts';

/** Energies in kWh, kvarh and kVAh, named as quantity codes. `ind` and `cap` are the quadrants of IEC 62053. */
interface Energies {
  readonly e_imp: number;
  readonly e_exp: number;
  readonly e_tot: number;
  readonly eq_imp: number;
  readonly eq_exp: number;
  readonly eq_tot: number;
  readonly eq_imp_ind: number;
  readonly eq_imp_cap: number;
  readonly eq_exp_ind: number;
  readonly eq_exp_cap: number;
  readonly es: number;
  readonly es_imp: number;
  readonly es_exp: number;
}

/** Power in W, var, VA; import and inductive are positive. Voltage V, current A, frequency Hz, angle degrees. */
export interface PowerState {
  readonly p: number;
  readonly q: number;
  /** Square root of p squared plus q squared, for a line and (vector sum) for the whole. */
  readonly s: number;
  /** Mean of the lines for the whole of a three-phase circuit. */
  readonly v: number;
  /** Mean of the lines for the whole of a three-phase circuit. */
  readonly i: number;
  readonly f: number;
  /** p / s: negative while power flows out; 1 without load. */
  readonly pf: number;
  readonly phi: number;
  readonly iThd: number;
  readonly vThd: number;
  readonly energy: Energies;
}

export type Line = 'l1' | 'l2' | 'l3';
export const LINES: readonly Line[] = ['l1', 'l2', 'l3'];

export interface CircuitState extends PowerState {
  /** The lines it is connected to. */
  readonly connected: readonly Line[];
  /** All three lines; those it is not connected to carry voltage and no current. */
  readonly lines: { readonly [line in Line]: PowerState };
}

export interface HouseState {
  readonly timeMs: number;
  readonly f: number;
  /** The whole house at its meter: the sum of the loads and of what the roof feeds in (negative). */
  readonly mains: CircuitState;
  /** The roof: power flows out of it, so that p is negative and e_exp grows. */
  readonly solar: CircuitState;
  /** `mains`, `solar` or a load; undefined for any other name. */
  circuit(name: string): CircuitState | undefined;
}

interface Moment {
  readonly timeMs: number;
  readonly house: HouseDay;
  readonly segment: number;
  /** Whole seconds since 1970. */
  readonly second: number;
  /** The eight sums of every channel, Ws. */
  readonly sums: Float64Array;
}

/** Puts one moment into the words of a meter; works out a circuit only when it is asked for. */
export function createHouseState(moment: Moment): HouseState {
  const { house, segment, second } = moment;
  const f = frequencyAt(house.day.seed, second);
  let volts: readonly number[] | undefined;
  const made = new Map<string, CircuitState>();
  const circuit = (name: string): CircuitState | undefined => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const load = name === 'solar' ? SOLAR : LOAD_NAMES.indexOf(name);
    if (name !== 'mains' && load < 0) return undefined;
    volts ??= LINES.map((_, line) => voltageAt(house, segment, line, second));
    const state = name === 'mains' ? mainsState(moment, volts, f) : circuitState(moment, load, volts, f);
    made.set(name, state);
    return state;
  };
  const wanted = (name: string): CircuitState => {
    const state = circuit(name);
    if (state === undefined) throw new Error(`the house has no circuit ${name}`);
    return state;
  };
  return {
    timeMs: moment.timeMs,
    f,
    circuit,
    get mains() {
      return wanted('mains');
    },
    get solar() {
      return wanted('solar');
    },
  };
}

function frequencyAt(seed: number, second: number): number {
  return 50 + 0.028 * wanderAt(seed, 30, second / 70) + 0.009 * wanderAt(seed, 31, second / 6);
}

function voltageAt(house: HouseDay, segment: number, line: number, second: number): number {
  const supply = supplyVoltage(house.day, line, house.starts[segment] ?? 0);
  const { p, q } = linePower(house, segment, line);
  return sagged(supply, p, q) + 0.12 * (chanceAt(house.day.seed, 20 + line, second) - 0.5);
}

function mainsState(moment: Moment, volts: readonly number[], f: number): CircuitState {
  const { house, segment, sums } = moment;
  let p = 0;
  let q = 0;
  const line = (n: number) => {
    const power = linePower(house, segment, n);
    p += power.p;
    q += power.q;
    const ofChannel = { sums, channel: 1 + n, share: 1 };
    return lineState(power.p, power.q, volts[n] ?? 0, f, mainsDistortion(moment, n), ofChannel);
  };
  const lines = { l1: line(0), l2: line(1), l3: line(2) };
  return new Circuit({ p, q, f }, { sums, channel: 0, share: 1 }, lines, LINES);
}

function circuitState(moment: Moment, circuit: number, volts: readonly number[], f: number): CircuitState {
  const { p, q } = circuitPower(moment.house, moment.segment, circuit);
  const channel = CHANNELS - 1 - SOLAR + circuit;
  const line = (n: number) => {
    const share = shareOf(circuit, n);
    const iThd = share > 0 ? distortionOf(circuit) : 0;
    const ofChannel = { sums: moment.sums, channel, share };
    return lineState(p * share, q * share, volts[n] ?? 0, f, iThd, ofChannel);
  };
  const lines = { l1: line(0), l2: line(1), l3: line(2) };
  const connected = LINES.filter((_, n) => shareOf(circuit, n) > 0);
  return new Circuit({ p, q, f }, { sums: moment.sums, channel, share: 1 }, lines, connected);
}

function lineState(
  p: number,
  q: number,
  v: number,
  f: number,
  iThd: number,
  ofChannel: ChannelSums,
): PowerState {
  return new Power(p, q, v, Math.sqrt(p * p + q * q) / v, f, iThd, ofChannel);
}

// A class, because a replayed day makes half a million of them; what is seldom read is worked out when it is.
class Power implements PowerState {
  readonly s: number;
  readonly pf: number;
  #energy: Energies | undefined;
  constructor(
    readonly p: number,
    readonly q: number,
    readonly v: number,
    readonly i: number,
    readonly f: number,
    readonly iThd: number,
    private readonly ofChannel: ChannelSums,
  ) {
    this.s = Math.sqrt(p * p + q * q);
    this.pf = this.s === 0 ? 1 : p / this.s;
  }
  get phi(): number {
    return (Math.atan2(this.q, this.p) * 180) / Math.PI;
  }
  get vThd(): number {
    return 1.6 + 0.4 * wanderAt(this.ofChannel.channel, 33, this.v);
  }
  get energy(): Energies {
    this.#energy ??= energiesOf(this.ofChannel);
    return this.#energy;
  }
}

class Circuit extends Power implements CircuitState {
  constructor(
    whole: { readonly p: number; readonly q: number; readonly f: number },
    ofChannel: ChannelSums,
    readonly lines: { readonly [line in Line]: PowerState },
    readonly connected: readonly Line[],
  ) {
    const mean = (value: (line: PowerState) => number) =>
      connected.reduce((sum, line) => sum + value(lines[line]), 0) / connected.length;
    const [v, i, iThd] = [mean((line) => line.v), mean((line) => line.i), mean((line) => line.iThd)];
    super(whole.p, whole.q, v, i, whole.f, iThd, ofChannel);
  }
}

/** The energies of a channel, or of a line's share of them. */
interface ChannelSums {
  readonly sums: Float64Array;
  readonly channel: number;
  readonly share: number;
}

function mainsDistortion({ house, segment }: Moment, line: number): number {
  let distorted = 0;
  let all = 0;
  for (let c = 0; c <= SOLAR; c++) {
    const { p, q } = circuitPower(house, segment, c);
    const s = Math.sqrt(p * p + q * q) * shareOf(c, line);
    distorted += (s * distortionOf(c)) ** 2;
    all += s;
  }
  return all === 0 ? 0 : Math.sqrt(distorted) / all;
}

function energiesOf({ sums, channel, share }: ChannelSums): Energies {
  const kwh = (sum: number) => ((sums[channel * SUMS + sum] ?? 0) * share) / 3_600_000;
  const e_imp = kwh(0);
  const e_exp = kwh(1);
  const eq_imp_ind = kwh(2);
  const eq_exp_cap = kwh(3);
  const eq_exp_ind = kwh(4);
  const eq_imp_cap = kwh(5);
  const eq_imp = eq_imp_ind + eq_exp_cap;
  const eq_exp = eq_exp_ind + eq_imp_cap;
  const es_imp = kwh(6);
  const es_exp = kwh(7);
  return {
    e_imp,
    e_exp,
    e_tot: e_imp + e_exp,
    eq_imp,
    eq_exp,
    eq_tot: eq_imp + eq_exp,
    eq_imp_ind,
    eq_imp_cap,
    eq_exp_ind,
    eq_exp_cap,
    es: es_imp + es_exp,
    es_imp,
    es_exp,
  };
}
