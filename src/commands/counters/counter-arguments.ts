import { isQuantityCode, PHASES, quantityFacts } from '../../domain/quantity.ts';
import { EXIT } from '../../lib/exit-codes.ts';
import { nearestWord } from '../../lib/issue.ts';
import { MOST_ENERGY } from '../../pipeline/counter-guard.ts';
import { CommandError } from '../failure.ts';

const USUAL_KEYS = ['e_imp', 'e_exp', 'e_tot', 'eq_imp', 'eq_exp', 'es'] as const;

/** The id of a device as it stands in the configuration. Throws a CommandError. */
export function parseDeviceId(text: string): string {
  if (/^[a-z0-9_]{1,64}$/.test(text)) return text;
  throw usage(`"${text}" is no id of a device: those are lower-case letters, digits and _`);
}

/** A key of a counter: `e_imp`, `e_exp_l2`. Throws a CommandError that names what may stand there. */
export function parseCounterKey(text: string): string {
  const phase = PHASES.find((each) => text.endsWith(`_${each}`));
  const code = phase === undefined ? text : text.slice(0, -phase.length - 1);
  if (!isQuantityCode(code)) {
    const near = nearestWord(text, USUAL_KEYS);
    const hint = near === undefined ? `counters are ${USUAL_KEYS.join(', ')} ...` : `did you mean ${near}?`;
    throw usage(`"${text}" is no key; ${hint}`);
  }
  const { kind, name } = quantityFacts(code);
  if (kind === 'counter') return text;
  throw usage(`${text} (${name}) is measured, not counted; counters are e_imp, e_exp, eq_imp ...`);
}

/** An energy in the unit of its counter. Throws a CommandError. */
export function parseEnergy(text: string): number {
  const value = /^\d{1,10}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value <= MOST_ENERGY) return value;
  throw usage(`found "${text}"; allowed: a number from 0 to ${MOST_ENERGY} with a decimal point, in kWh`);
}

function usage(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
