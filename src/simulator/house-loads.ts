import { type Chance, createChance } from './noise.ts';

/**
 * What happens in the house on one day, load by load: pieces of constant nominal power. The mix of the
 * day follows the clock and the weekday; times are seconds of the day (UTC).
 */

export interface Piece {
  readonly start: number;
  /** Nominal active power, W, at 230 V. */
  readonly active: number;
  /** Nominal reactive power, var; inductive is positive. */
  readonly reactive: number;
  /** A heating element: its power follows the square of the voltage. */
  readonly isResistive?: boolean;
}

export interface LoadFacts {
  /** Share of the load on L1, L2 and L3. */
  readonly shares: readonly [number, number, number];
  /** Slow wander of the power while it is on, as a share of it. */
  readonly wander: number;
  /** Distortion of its current, %. */
  readonly distortion: number;
  plan(day: DayOfHouse): readonly Piece[];
}

export interface DayOfHouse {
  readonly seed: number;
  /** Number of the day in the cycle of the house. */
  readonly index: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export const DAY_S = 86_400;
const THIRDS = [1 / 3, 1 / 3, 1 / 3] as const;
const hour = (hours: number) => Math.round(hours * 3600);

export const LOADS = {
  fridge: { shares: [1, 0, 0], wander: 0.01, distortion: 9, plan: planFridge },
  kettle: { shares: [0, 1, 0], wander: 0, distortion: 1, plan: planKettle },
  washing_machine: { shares: [0, 0, 1], wander: 0.02, distortion: 12, plan: planWashingMachine },
  dishwasher: { shares: [1, 0, 0], wander: 0.01, distortion: 6, plan: planDishwasher },
  oven: { shares: [0, 0, 1], wander: 0, distortion: 1, plan: planOven },
  lights: { shares: [0, 1, 0], wander: 0, distortion: 38, plan: planLights },
  electronics: { shares: [0, 0, 1], wander: 0.08, distortion: 55, plan: planElectronics },
  standby: { shares: THIRDS, wander: 0.03, distortion: 48, plan: planStandby },
} as const satisfies Readonly<Record<string, LoadFacts>>;

const chanceOf = (day: DayOfHouse, stream: number): Chance =>
  createChance(day.seed, 1_000 + stream * 100 + day.index);
const isWeekend = (day: DayOfHouse) => day.weekday === 0 || day.weekday === 6;

function planFridge(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 1);
  const pieces: Piece[] = [{ start: 0, active: 1.2, reactive: -2 }];
  let at = chance.wholeBetween(60, 1500);
  while (at < DAY_S) {
    const on = chance.wholeBetween(840, 1260);
    pieces.push({ start: at, active: 690, reactive: 520 }); // start of the compressor: one second
    pieces.push({ start: at + 1, active: 104, reactive: 71 });
    pieces.push({ start: at + 20, active: 96, reactive: 66 });
    pieces.push({ start: at + 180, active: 88, reactive: 62 });
    pieces.push({ start: at + on, active: 1.2, reactive: -2 });
    at += on + chance.wholeBetween(1500, 2400);
  }
  return pieces;
}

function planKettle(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 2);
  const weekend = isWeekend(day);
  const habits: readonly (readonly [number, number, number])[] = [
    [weekend ? 8 : 6.5, weekend ? 10 : 8, 0.98],
    [10, 11.5, weekend ? 0.6 : 0.25],
    [12.2, 13.2, weekend ? 0.5 : 0.2],
    [15.5, 17.5, 0.7],
    [19.7, 21.8, 0.8],
  ];
  const pieces: Piece[] = [{ start: 0, active: 0.3, reactive: 0 }];
  for (const [from, to, likely] of habits) {
    const start = hour(chance.between(from, to));
    const duration = chance.wholeBetween(95, 245);
    if (chance.next() >= likely) continue;
    pieces.push({ start, active: 2140, reactive: 0, isResistive: true });
    pieces.push({ start: start + duration, active: 0.3, reactive: 0 });
  }
  return pieces;
}

function planWashingMachine(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 3);
  const pieces: Piece[] = [{ start: 0, active: 0.8, reactive: -1 }];
  if (chance.next() >= (isWeekend(day) ? 0.85 : 0.4)) return pieces;
  let at = hour(chance.between(9, 16.5));
  const phase = (seconds: number, active: number, reactive: number, isResistive = false) => {
    pieces.push({ start: at, active, reactive, isResistive });
    at += seconds;
  };
  const tumble = (seconds: number, active: number) => {
    for (const end = at + seconds; at < end; ) {
      phase(chance.wholeBetween(11, 14), active, active * 0.78);
      phase(chance.wholeBetween(5, 8), 7, 4);
    }
  };
  phase(170, 14, 6); // filling
  phase(chance.wholeBetween(700, 1000), 2060, 35, true);
  tumble(1500, 185);
  for (let rinse = 0; rinse < 3; rinse++) {
    phase(100, 33, 21); // pump
    tumble(240, 170);
  }
  for (const active of [140, 260, 390, 480]) phase(60, active, active * 0.5);
  phase(300, 445, 225); // spinning
  phase(60, 120, 60);
  pieces.push({ start: at, active: 1.6, reactive: -2 });
  return pieces;
}

function planDishwasher(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 4);
  const pieces: Piece[] = [{ start: 0, active: 0.5, reactive: 0 }];
  if (chance.next() >= 0.8) return pieces;
  let at = hour(chance.between(19.3, 21.2));
  const phases: readonly (readonly [number, number, number, boolean])[] = [
    [420, 62, 51, false],
    [chance.wholeBetween(800, 1000), 1880, 48, true],
    [1500, 71, 58, false],
    [240, 38, 27, false],
    [chance.wholeBetween(550, 760), 1880, 48, true],
    [900, 6, 3, false],
  ];
  for (const [seconds, active, reactive, isResistive] of phases) {
    pieces.push({ start: at, active, reactive, isResistive });
    at += seconds;
  }
  pieces.push({ start: at, active: 0.5, reactive: 0 });
  return pieces;
}

function planOven(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 5);
  const pieces: Piece[] = [{ start: 0, active: 1.1, reactive: -1 }];
  if (chance.next() >= (isWeekend(day) ? 0.75 : 0.45)) return pieces;
  let at = hour(chance.between(17.4, 18.6));
  const end = at + chance.wholeBetween(2100, 3600);
  let heat = chance.wholeBetween(420, 560);
  while (at < end) {
    pieces.push({ start: at, active: 2450, reactive: 18, isResistive: true });
    pieces.push({ start: at + heat, active: 42, reactive: 26 }); // lamp and fan between two heats
    at += heat + chance.wholeBetween(70, 120);
    heat = chance.wholeBetween(35, 70);
  }
  pieces.push({ start: at, active: 1.1, reactive: -1 });
  return pieces;
}

function planLights(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 6);
  const dawn = hour(chance.between(7.6, 8.1));
  const rise = hour(isWeekend(day) ? chance.between(7.5, 8.2) : chance.between(6.1, 6.6));
  const bed = hour(chance.between(22.5, 23.5));
  const pieces: Piece[] = [];
  for (let at = 0; at < DAY_S; at += chance.wholeBetween(400, 1500)) {
    const isUp = at >= rise && at < bed;
    const isDark = at < dawn || at > hour(17.6);
    const lamps = isUp && isDark ? chance.wholeBetween(3, 9) : chance.next() < (isUp ? 0.3 : 0.06) ? 1 : 0;
    const active = lamps === 0 ? 0 : lamps * 14.5 + 3;
    pieces.push({ start: at, active, reactive: -0.32 * active });
  }
  return pieces;
}

function planElectronics(day: DayOfHouse): Piece[] {
  const chance = chanceOf(day, 7);
  const bed = hour(chance.between(22.2, 23.6));
  const pieces: Piece[] = [];
  for (let at = 0; at < DAY_S; at += chance.wholeBetween(240, 900)) {
    const isEvening = at > hour(18.8) && at < bed;
    const isDay = at > hour(8.5) && at < hour(18);
    const television = isEvening && chance.next() < 0.85 ? chance.between(78, 132) : 0;
    const computer = (isDay || isEvening) && chance.next() < 0.55 ? chance.between(48, 95) : 0;
    const active = 9 + television + computer;
    pieces.push({ start: at, active, reactive: -0.17 * active - 11 });
  }
  return pieces;
}

function planStandby(): Piece[] {
  return [{ start: 0, active: 96, reactive: -88 }];
}
