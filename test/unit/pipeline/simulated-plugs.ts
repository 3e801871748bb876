import { createHouse } from '../../../src/simulator/house.ts';
import { createChance } from '../../../src/simulator/noise.ts';

/** How a plug measures; what arrives is the real power through its eyes. Those of the default house come last. */
export type PlugKind =
  | ('pzem' | 'plugwise' | 'shelly' | 'tasmota' | 'zigbee')
  | ('sdm' | 'circle' | 'asked' | 'reporting');

export interface PlugSample {
  readonly deviceId: string;
  readonly takenAt: number;
  readonly arrivedAt: number;
  readonly p: number;
}

/** The true power of every circuit, second by second. */
export interface TruePower {
  readonly fromMs: number;
  readonly seconds: number;
  of(circuit: string, atMs: number): number;
}

/** Reads the simulated house once, so that many plugs can look at it. */
export function readHouse(
  seed: number,
  circuits: readonly string[],
  fromMs: number,
  seconds: number,
): TruePower {
  const house = createHouse({ seed });
  const powers = new Map(circuits.map((circuit) => [circuit, new Float64Array(seconds)]));
  for (let second = 0; second < seconds; second++) {
    const state = house.at(fromMs + second * 1000);
    for (const [circuit, power] of powers) power[second] = state.circuit(circuit)?.p ?? Number.NaN;
  }
  return {
    fromMs,
    seconds,
    of: (circuit, atMs) => powers.get(circuit)?.[Math.floor((atMs - fromMs) / 1000)] ?? Number.NaN,
  };
}

const rounded = (value: number, steps: number) => Math.round(value * steps) / steps;

/** Everything that the mains and the plugs say, in the order in which it arrives. */
export function plugSamples(
  power: TruePower,
  plugs: Readonly<Record<string, PlugKind>>,
  seed: number,
  mainsDelayMs = 20,
): readonly PlugSample[] {
  const how = { delayMs: mainsDelayMs, jitterMs: 30, steps: 1000 };
  const mains = polled(power, 'mains', 5000, how, seed);
  const others = Object.entries(plugs).flatMap(([circuit, kind], index) =>
    samplesOf(power, circuit, kind, seed * 31 + index),
  );
  return [...mains, ...others].sort((a, b) => a.arrivedAt - b.arrivedAt);
}

function samplesOf(power: TruePower, circuit: string, kind: PlugKind, seed: number): PlugSample[] {
  const phase = 10_000 * createChance(seed, 1).next();
  switch (kind) {
    case 'pzem':
      return polled(power, circuit, 5000, { delayMs: 100, jitterMs: 200, steps: 10 }, seed);
    case 'tasmota':
      return polled(power, circuit, 10_000, { delayMs: phase, jitterMs: 200, steps: 1 }, seed);
    case 'zigbee':
      return polled(power, circuit, 10_000, { delayMs: phase, jitterMs: 400, steps: 1 }, seed);
    case 'plugwise':
      return means(power, circuit, seed);
    case 'shelly':
      return notified(power, circuit, phase);
    case 'sdm':
      return polled(power, circuit, 5000, { delayMs: 850, jitterMs: 100, steps: 1000 }, seed);
    case 'asked':
      return polled(power, circuit, 5000, { delayMs: 5, jitterMs: 40, steps: 10 }, seed);
    case 'circle':
      return pulses(power, circuit, seed);
    case 'reporting':
      return reported(power, circuit, phase / 2);
  }
}

interface Manner {
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Steps that one watt is told in. */
  readonly steps: number;
}

function polled(power: TruePower, circuit: string, everyMs: number, how: Manner, seed: number): PlugSample[] {
  const chance = createChance(seed, 2);
  const samples: PlugSample[] = [];
  const end = power.fromMs + (power.seconds - 12) * 1000;
  for (let due = power.fromMs; due < end; due += everyMs) {
    const takenAt = due + how.delayMs + chance.next() * how.jitterMs;
    const p = rounded(power.of(circuit, takenAt), how.steps);
    samples.push({ deviceId: circuit, takenAt, arrivedAt: takenAt + 30, p });
  }
  return samples;
}

/** The mean of 8 seconds each 10, with the middle of them as its time. */
function means(power: TruePower, circuit: string, seed: number): PlugSample[] {
  const chance = createChance(seed, 2);
  const samples: PlugSample[] = [];
  const end = power.fromMs + (power.seconds - 2) * 1000;
  for (let due = power.fromMs + 12_000; due < end; due += 10_000) {
    const until = due + chance.next() * 300;
    let sum = 0;
    for (let step = 0; step < 80; step++) sum += power.of(circuit, until - 8000 + step * 100 + 50);
    const p = rounded(sum / 80, 10);
    samples.push({ deviceId: circuit, takenAt: until - 4000, arrivedAt: until + 100, p });
  }
  return samples;
}

/** Asked each 10 seconds, and telling by itself of changes of 2 % and 1 W. */
function notified(power: TruePower, circuit: string, phase: number): PlugSample[] {
  const samples: PlugSample[] = [];
  let last = Number.NEGATIVE_INFINITY;
  let nextPoll = power.fromMs + phase;
  for (let at = power.fromMs; at < power.fromMs + (power.seconds - 1) * 1000; at += 100) {
    const p = rounded(power.of(circuit, at), 10);
    const isPolled = at >= nextPoll;
    if (!isPolled && Math.abs(p - last) < Math.max(1, 0.02 * Math.abs(last))) continue;
    if (isPolled) nextPoll += 10_000;
    last = p;
    samples.push({ deviceId: circuit, takenAt: at, arrivedAt: at + 50, p });
  }
  return samples;
}

const PULSE_WS = 2.1325;

/** A Plugwise Circle: the whole pulses of eight whole seconds, with the middle of them as their time. */
function pulses(power: TruePower, circuit: string, seed: number): PlugSample[] {
  const chance = createChance(seed, 2);
  const counted = [0];
  for (let second = 0; second < power.seconds; second++)
    counted.push((counted[second] ?? 0) + power.of(circuit, power.fromMs + second * 1000) / PULSE_WS);
  const until = (second: number) => Math.floor(counted[second] ?? Number.NaN);
  const samples: PlugSample[] = [];
  for (let second = 10; second < power.seconds - 2; second += 5) {
    const arrivedAt = power.fromMs + second * 1000 + 100 + chance.next() * 150;
    const p = rounded(((until(second) - until(second - 8)) / 8) * PULSE_WS, 1000);
    samples.push({ deviceId: circuit, takenAt: arrivedAt - 4000, arrivedAt, p });
  }
  return samples;
}

/** Asked each 5 seconds, and looking each second whether there is a change of 5 % or 2 W to be told. */
function reported(power: TruePower, circuit: string, phase: number): PlugSample[] {
  const samples: PlugSample[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < (power.seconds - 1) * 2; step++) {
    const isPolled = step % 10 === 5;
    const takenAt = power.fromMs + step * 500 + (isPolled ? 15 : phase % 450);
    const p = rounded(power.of(circuit, takenAt), 10);
    const isTold = step % 2 === 0 && p !== last && Math.abs(p - last) >= Math.min(2, 0.05 * Math.abs(last));
    if (!isPolled && !isTold) continue;
    last = p;
    samples.push({ deviceId: circuit, takenAt, arrivedAt: takenAt + 20, p });
  }
  return samples;
}
