import type { EmonhubValue } from './config.ts';

/**
 * The units that the shipped node descriptions of emonHub give to their names: power and P in W, Vrms and V in V,
 * I in A, E in Wh (docs of emonhub, default configuration).
 */
const USUAL_UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(power|realpower|p)\d*$|^power\d+pluspower\d+$|^p\d+_?pow(er)?$/, 'W'],
  [/^(vrms|v)\d*$/, 'V'],
  [/^(irms|i)\d*$/, 'A'],
  [/^(e|energy|wh)\d*$/, 'Wh'],
  [/^(f|freq|frequency)$/, 'Hz'],
  [/^pf\d*$/, ''],
];

/** The unit of a usual name; undefined for every other, which nobody should guess. */
export function usualUnit(name: string): string | undefined {
  return USUAL_UNITS.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

/** What one current clamp of a usual node gives: its power, the voltage of the node, its energy where it counts. */
export function usualValues(circuit: number): readonly EmonhubValue[] {
  return [
    { code: 'p', unit: 'W', names: [`power${circuit}`, `p${circuit}`] },
    { code: 'v', unit: 'V', names: ['vrms', 'v1', 'v'] },
    // The node sums up in its memory and begins anew when it starts.
    { code: 'e_imp', unit: 'Wh', resets: 'at-boot', names: [`e${circuit}`] },
  ];
}
