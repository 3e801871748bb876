import type { LineSettings } from '../../config/types.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { Parity } from '../arguments.ts';

/** What the user restricted the search to; undefined leaves the choice to us. */
export interface LineWishes {
  readonly bauds: readonly number[] | undefined;
  readonly parities: readonly Parity[] | undefined;
}

// Seen in the field beside the factory settings of the profiles, the usual ones first.
const OTHER_BAUDS = [9600, 19_200, 2400, 38_400, 115_200, 4800, 57_600, 1200];
const USUAL_PARITIES: readonly Parity[] = ['none', 'even'];

/**
 * The settings to try, those that most models leave the factory with first. One stop bit everywhere: a
 * receiver looks at the first only, so that meters with two are found as well.
 */
export function likelySettings(
  profiles: readonly MeterProfile[],
  wishes: LineWishes,
  dataBits: 7 | 8,
): LineSettings[] {
  const votes = new Map<string, number>();
  const keyOf = (baud: number, parity: Parity) => `${baud} ${parity}`;
  for (const { serial } of profiles) {
    if (serial === undefined) continue;
    const key = keyOf(serial.baud, serial.parity);
    votes.set(key, (votes.get(key) ?? 0) + 1);
  }
  const bauds = wishes.bauds ?? [
    ...new Set([...OTHER_BAUDS, ...profiles.flatMap((p) => p.serial?.baud ?? [])]),
  ];
  const parities = wishes.parities ?? USUAL_PARITIES;
  const all = bauds.flatMap((baud) => parities.map((parity) => ({ baud, parity })));
  const votesOf = (each: { baud: number; parity: Parity }) => votes.get(keyOf(each.baud, each.parity)) ?? 0;
  // The sort is stable: where nobody votes, the order of the lists stays.
  return [...all]
    .sort((a, b) => votesOf(b) - votesOf(a))
    .map(({ baud, parity }) => ({ baud, parity, dataBits, stopBits: 1 }));
}

/** Units at which meters mostly stand: the first ten, and the factory settings of the models. */
export function likelyUnits(units: readonly number[], profiles: readonly MeterProfile[]): number[] {
  const factory = new Set(profiles.flatMap((profile) => profile.serial?.unitId ?? []));
  return units.filter((unit) => (unit >= 1 && unit <= 10) || factory.has(unit));
}

/** `9600 8N1` */
export function settingsText(line: LineSettings): string {
  const parity = { none: 'N', even: 'E', odd: 'O' }[line.parity];
  return `${line.baud} ${line.dataBits}${parity}${line.stopBits}`;
}
