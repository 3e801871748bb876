import { readingKey } from '../domain/reading.ts';
import { nearestWord, type PathStep } from '../lib/issue.ts';
import { wordCount } from './decode-register.ts';
import type { AddressRange, MeterProfile, MeterRegister, RegisterTable, RegisterType } from './profile.ts';
import { unitConversion, unitsOf } from './units.ts';

/** Takes down one mistake: where in the file, what is wrong, what may stand there. */
export type Report = (path: readonly PathStep[], problem: string, allowed?: string) => void;

/** Checks the rows of a profile against its limits, its scales and each other. */
export function checkRows(profile: MeterProfile, report: Report): void {
  profile.registers.forEach((row, index) => {
    const at = ['registers', index];
    checkLength(profile, row, at, report);
    checkReach(profile.limits, row, at, report);
    checkUnit(row, at, report);
    checkMeaning(profile, row, at, report);
  });
  checkTwice(profile, report);
  checkOverlaps(profile, report);
}

function checkLength(
  { limits }: MeterProfile,
  row: MeterRegister,
  at: readonly PathStep[],
  report: Report,
): void {
  const { step, maxRegisters } = limits;
  const count = wordCount(row.type);
  const takes = `${row.type} takes ${counted(count, 'register')}`;
  if (count > maxRegisters)
    report(
      [...at, 'type'],
      `${takes}, more than the largest read, ${maxRegisters}`,
      'allowed: a shorter type, or a larger read.maxRegisters',
    );
  if (row.address % step !== 0)
    report([...at, 'address'], `found ${row.address}`, `allowed: multiples of read.step, which is ${step}`);
  if (count % step !== 0)
    report(
      [...at, 'type'],
      takes,
      `allowed: types that take a multiple of read.step registers, which is ${step}`,
    );
}

interface Placed {
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
}

/** Checks that a value lies inside its table, inside a block, and outside what must not be read. */
export function checkReach(
  limits: MeterProfile['limits'],
  placed: Placed,
  at: readonly PathStep[],
  report: Report,
): void {
  const { first, last } = spanOf(placed);
  const path = [...at, 'address'];
  const registers = first === last ? `register ${first}` : `registers ${first} to ${last}`;
  if (last > 0xffff) report(path, `${registers} end beyond the table`, 'allowed: up to 65535');
  const forbidden = limits.forbidden.find(
    (range) => range.table === placed.table && range.first <= last && range.last >= first,
  );
  if (forbidden !== undefined)
    report(path, `${placed.table} ${registers} touch the forbidden range ${rangeText(forbidden)}`);
  const { blocks } = limits;
  const isInside = (block: AddressRange) =>
    block.table === placed.table && block.first <= first && last <= block.last;
  if (blocks.length > 0 && !blocks.some(isInside))
    report(
      path,
      `${placed.table} ${registers} lie in no block`,
      `allowed: ${blocks.map(rangeText).join(', ')}`,
    );
}

function spanOf(placed: Placed): { readonly first: number; readonly last: number } {
  return { first: placed.address, last: placed.address + wordCount(placed.type) - 1 };
}

function rangeText(range: AddressRange): string {
  return `${range.table} ${range.first} to ${range.last}`;
}

// Only a wrong capital is surely a slip: "Hz" is near to "mW" by letters and far from it in every other way.
function checkUnit(row: MeterRegister, at: readonly PathStep[], report: Report): void {
  const { unit, code } = row;
  if (unitConversion(unit, code) !== undefined) return;
  const known = unitsOf(code);
  const slip = known.find((other) => other.toLowerCase() === unit.toLowerCase());
  const meant = slip === undefined ? '' : `did you mean "${slip}"? `;
  const list = known.map((other) => (other === '' ? '""' : other)).join(', ');
  report([...at, 'unit'], `found "${unit}", which is no unit of ${code}`, `${meant}allowed: ${list}`);
}

function checkMeaning(
  profile: MeterProfile,
  row: MeterRegister,
  at: readonly PathStep[],
  report: Report,
): void {
  const names = profile.scales.map((scale) => scale.name);
  if (typeof row.scale !== 'number' && !names.includes(row.scale.register))
    report(
      [...at, 'scale'],
      `there is no scale "${row.scale.register}"`,
      amongNames(row.scale.register, names),
    );
  if (row.type.startsWith('pf4q') && row.code !== 'pf')
    report([...at, 'type'], `found ${row.type} for ${row.code}`, 'allowed: only for pf, the power factor');
  if (profile.lines === 1 && row.phase !== undefined && !['l1', 'n', 'pe'].includes(row.phase))
    report(
      [...at, 'phase'],
      `found ${row.phase} in a single-phase meter`,
      'allowed: no phase, l1, n, pe, or lines: 3',
    );
  if ((row.rawMin ?? Number.NEGATIVE_INFINITY) > (row.rawMax ?? Number.POSITIVE_INFINITY))
    report([...at, 'rawMax'], `found ${row.rawMax}`, `allowed: at least ${row.rawMin}, its rawMin`);
}

function checkTwice({ registers }: MeterProfile, report: Report): void {
  const seen = new Map<string, number>();
  registers.forEach((row, index) => {
    if (!row.enabled) return;
    const key = readingKey(row);
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, index);
    else
      report(
        ['registers', index, 'code'],
        `${key} stands twice, first in registers[${earlier}]`,
        'allowed: once; give one of them another phase or enabled: false',
      );
  });
}

function checkOverlaps({ registers }: MeterProfile, report: Report): void {
  registers.forEach((row, index) => {
    const other = registers.slice(0, index).find((earlier) => isOverlap(row, earlier));
    if (other === undefined) return;
    report(
      ['registers', index, 'address'],
      `${placeText(row)} overlaps ${placeText(other)}`,
      'allowed: each register in one row',
    );
  });
}

function placeText(row: MeterRegister): string {
  const { first, last } = spanOf(row);
  return `${readingKey(row)} at ${first}${first === last ? '' : ` to ${last}`}`;
}

// A disabled row may be another view of the same registers (kvar or var), but none may cut a value in two.
function isOverlap(row: MeterRegister, other: MeterRegister): boolean {
  const [a, b] = [spanOf(row), spanOf(other)];
  if (row.table !== other.table || a.first > b.last || b.first > a.last) return false;
  const isSameSpan = a.first === b.first && a.last === b.last;
  return !isSameSpan || (row.enabled && other.enabled);
}

/** `1 word`, `2 words`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** What a name may be, with the nearest one first. */
export function amongNames(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'allowed: none, as none is listed';
  const near = nearestWord(name, known);
  return `${near === undefined ? '' : `did you mean "${near}"? `}allowed: ${known.join(', ')}`;
}
