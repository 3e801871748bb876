import { nearestWord } from '../lib/issue.ts';
import { CIRCUIT_NAMES } from './house.ts';

/** What is wrong with a name that is not among those that there are. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const near = nearestWord(name, known);
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  return `there is no ${kind} "${name}"${meant} Known: ${known.join(', ') || 'none'}`;
}

/** Throws an Error that names the place where the house has no such circuit. */
export function checkCircuit(place: string, name: string): void {
  if (!CIRCUIT_NAMES.includes(name))
    throw new Error(`simulator, ${place}: ${unknownName('circuit', name, CIRCUIT_NAMES)}`);
}
