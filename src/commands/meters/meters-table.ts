import { formatTable } from '../../lib/table.ts';
import type { MeterProfile } from '../../meters/profile.ts';

const COLUMNS = [
  { title: 'MODEL' },
  { title: 'MAKER' },
  { title: 'METER' },
  { title: 'LINES', align: 'right' },
  { title: 'ROWS', align: 'right' },
  { title: 'DOUBTS', align: 'right' },
] as const;

/** All models, one line each. */
export function metersTable(profiles: readonly MeterProfile[]): string[] {
  const rows = profiles.map((profile) => [
    profile.id,
    profile.manufacturer,
    profile.model,
    String(profile.lines),
    String(profile.registers.length),
    String(doubtCount(profile)),
  ]);
  return [
    ...formatTable(COLUMNS, rows),
    '',
    '`busbar meters MODEL` shows everything about one of them; `busbar scan` finds out which one is on a line.',
  ];
}

/** The same for programs. */
export function metersDocument(profiles: readonly MeterProfile[]) {
  return profiles.map((profile) => ({
    id: profile.id,
    manufacturer: profile.manufacturer,
    model: profile.model,
    aliases: profile.aliases,
    lines: profile.lines,
    rows: profile.registers.length,
    doubts: doubtCount(profile),
  }));
}

/** What is not certain: of the whole profile, and rows that carry a doubt. */
function doubtCount({ doubts, registers }: MeterProfile): number {
  return doubts.length + registers.filter((row) => row.doubt !== undefined).length;
}
