import { readingKey } from '../../domain/reading.ts';
import { formatTable, wrapText } from '../../lib/table.ts';
import type { AddressRange, Identification, MeterProfile, MeterRegister } from '../../meters/profile.ts';
import { formatHex } from '../output.ts';

const WIDTH = 100;

const COLUMNS = [
  { title: 'KEY' },
  { title: 'TABLE' },
  { title: 'ADDRESS', align: 'right' },
  { title: 'HEX' },
  { title: 'TYPE' },
  { title: 'WORDS' },
  { title: 'SCALE', align: 'right' },
  { title: 'UNIT' },
  { title: 'CADENCE' },
  { title: 'READ' },
  { title: '' },
] as const;

/** Everything that is known of a model, for people. */
export function meterPage(profile: MeterProfile): string[] {
  const others = profile.aliases.length === 0 ? '' : `  (also ${profile.aliases.join(', ')})`;
  return [
    `${profile.id}: ${profile.manufacturer} ${profile.model}, ${profile.lines === 1 ? 'one line' : 'three lines'}`,
    ...(others === '' ? [] : wrapText(others, WIDTH, '  ')),
    `  factory settings: ${serialWords(profile)}`,
    `  reads: ${limitWords(profile)}`,
    ...profile.identify.map((way) => `  identified by ${identificationWords(way)}`),
    '',
    ...formatTable(COLUMNS, profile.registers.map(registerRow)),
    '',
    ...doubtLines(profile),
    ...noteLines(profile),
    ...[...profile.sources].flatMap(([name, text]) => wrapText(`[${name}] ${text}`, WIDTH, '  ')),
  ];
}

function registerRow(row: MeterRegister): string[] {
  return [
    readingKey(row),
    row.table,
    String(row.address),
    formatHex(row.address),
    row.type,
    row.wordOrder,
    scaleText(row.scale),
    row.unit,
    row.cadence,
    row.enabled ? 'yes' : 'no',
    [row.doubt === undefined ? '' : '?', row.note === undefined ? '' : '*', row.optional ? 'optional' : '']
      .filter((mark) => mark !== '')
      .join(' '),
  ];
}

function scaleText(scale: MeterRegister['scale']): string {
  return typeof scale === 'number' ? String(scale) : `by ${scale.register}`;
}

function serialWords({ serial, gapMs, latencyMs }: MeterProfile): string {
  const gap = gapMs === 0 ? '' : `, ${gapMs} ms of silence before a request`;
  const rest = `answers within ${latencyMs} ms${gap}`;
  if (serial === undefined) return `not known; ${rest}`;
  const unit = serial.unitId === undefined ? '' : `, unit ${serial.unitId}`;
  return `${serial.baud} baud, parity ${serial.parity}, ${serial.stopBits} stop bit${serial.stopBits === 1 ? '' : 's'}${unit}; ${rest}`;
}

function limitWords({ limits }: MeterProfile): string {
  const parts = [
    `at most ${limits.maxRegisters} registers`,
    limits.step === 2 ? 'even addresses and counts only' : '',
    limits.canBridge ? `over gaps of up to ${limits.maxGap} registers` : 'without gaps',
    limits.tablesAlike ? 'holding and input registers alike' : '',
    limits.blocks.length === 0 ? '' : `inside ${limits.blocks.map(rangeWords).join(', ')}`,
    limits.forbidden.length === 0 ? '' : `never ${limits.forbidden.map(rangeWords).join(', ')}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function rangeWords({ table, first, last }: AddressRange): string {
  return `${table} ${first}-${last}`;
}

function identificationWords(way: Identification): string {
  switch (way.by) {
    case 'register':
      return `${way.table} register ${formatHex(way.address)} (${way.type}): ${way.equals.join(' or ')}`;
    case 'text':
      return `text in ${way.table} registers ${formatHex(way.address)}-${formatHex(way.address + way.count - 1)}: /${way.matches}/`;
    case 'server-id':
      return `function code 17 (report server id): /${way.matches}/`;
    case 'device-identification':
      return `function code 43/14 (device identification): /${way.matches}/`;
  }
}

function doubtLines({ doubts, registers }: MeterProfile): string[] {
  const rows = grouped(registers, (row) => row.doubt);
  const lines = [
    ...[...rows].map(([doubt, keys]) => `? ${keys.join(', ')}: ${doubt}`),
    ...doubts.map((doubt) => `? ${doubt}`),
  ];
  return lines.length === 0 ? [] : [...lines.flatMap((line) => wrapText(line, WIDTH, '  ')), ''];
}

function noteLines({ notes, registers }: MeterProfile): string[] {
  const rows = grouped(registers, (row) => row.note);
  const lines = [
    ...[...rows].map(([note, keys]) => `* ${keys.join(', ')}: ${note}`),
    ...notes.map((note) => `* ${note}`),
  ];
  return lines.length === 0 ? [] : [...lines.flatMap((line) => wrapText(line, WIDTH, '  ')), ''];
}

// Rows of three lines often share one remark; it is told once.
function grouped(
  registers: readonly MeterRegister[],
  remarkOf: (row: MeterRegister) => string | undefined,
): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const row of registers) {
    const remark = remarkOf(row);
    if (remark !== undefined) groups.set(remark, [...(groups.get(remark) ?? []), readingKey(row)]);
  }
  return groups;
}

/** The profile for programs, as it is after its defaults were filled in. */
export function meterDocument(profile: MeterProfile) {
  return {
    ...profile,
    scales: profile.scales.map((scale) => ({
      ...scale,
      meaning: typeof scale.meaning === 'string' ? scale.meaning : Object.fromEntries(scale.meaning),
    })),
    registers: profile.registers.map((row) => ({
      key: readingKey(row),
      ...row,
      values: row.values === undefined ? undefined : Object.fromEntries(row.values),
    })),
    sources: Object.fromEntries(profile.sources),
  };
}
