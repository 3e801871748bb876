import { quantityFacts } from '../../domain/quantity.ts';
import { formatTable, wrapText } from '../../lib/table.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import { formatNumber, formatTime } from '../../sinks/mqtt/payload.ts';
import { formatHex, formatMs } from '../output.ts';
import type { MeterAnswer, RowResult } from './read-meter.ts';

/** Where an answer came from. */
export interface ReadPlace {
  readonly profile: MeterProfile;
  readonly connection: string;
  readonly unitId: number;
}

const WIDTH = 100;

/** The table of one reading; doubtful rows carry a `?` and are explained below. */
export function readPage(place: ReadPlace, answer: MeterAnswer, withWords: boolean): string[] {
  const { profile, unitId, connection } = place;
  const columns = [
    { title: 'KEY' },
    { title: 'VALUE', align: 'right' },
    { title: 'UNIT' },
    { title: 'QUANTITY' },
    { title: 'ADDRESS' },
    ...(withWords ? [{ title: 'RAW' }] : []),
    { title: '' },
  ] as const;
  const time = answer.takenAt === undefined ? '' : `, ${formatTime(answer.takenAt) ?? ''}`;
  return [
    `${profile.manufacturer} ${profile.model}, unit ${unitId}, ${connection}${time}`,
    '',
    ...formatTable(
      columns,
      answer.rows.map((result) => tableRow(result, withWords)),
    ),
    '',
    `${answer.requests} requests in ${formatMs(answer.tookMs)}`,
    ...doubtLines(answer),
  ];
}

function tableRow(result: RowResult, withWords: boolean): string[] {
  const { register, plan } = result.row;
  const { name, unit } = quantityFacts(register.code);
  const words = 'words' in result ? result.words.map(wordText).join(' ') : '';
  return [
    plan.key,
    result.state === 'value' ? valueText(result) : '-',
    unit,
    register.phase === undefined ? name : `${name} ${register.phase}`,
    `${register.table} ${formatHex(register.address)}`,
    ...(withWords ? [words] : []),
    [register.doubt === undefined ? '' : '?', STATE_WORDS[result.state]].join(' ').trim(),
  ];
}

const STATE_WORDS: Readonly<Record<RowResult['state'], string>> = {
  value: '',
  absent: 'not available',
  refused: 'refused by the meter',
  failed: 'no answer',
};

function valueText(result: Extract<RowResult, { state: 'value' }>): string {
  return formatNumber(result.value, quantityFacts(result.row.register.code).decimals) ?? '-';
}

function wordText(word: number): string {
  return word.toString(16).toUpperCase().padStart(4, '0');
}

// Rows of three lines often share one doubt; it is told once.
function doubtLines({ rows }: MeterAnswer): string[] {
  const doubts = new Map<string, string[]>();
  for (const { row } of rows) {
    const { doubt } = row.register;
    if (doubt !== undefined) doubts.set(doubt, [...(doubts.get(doubt) ?? []), row.plan.key]);
  }
  return [...doubts].flatMap(([doubt, keys]) => wrapText(`? ${keys.join(', ')}: ${doubt}`, WIDTH, '  '));
}

/** One reading for programs. Values are numbers in the unit of their quantity; what is absent has none. */
export function readDocument(place: ReadPlace, answer: MeterAnswer) {
  return {
    meter: place.profile.id,
    connection: place.connection,
    unit: place.unitId,
    ts: answer.takenAt === undefined ? undefined : formatTime(answer.takenAt),
    took_ms: Math.round(answer.tookMs),
    requests: answer.requests,
    error: answer.failure?.message,
    refusal: answer.refusal?.message,
    values: answer.rows.map((result) => ({
      key: result.row.plan.key,
      value: result.state === 'value' ? Number(valueText(result)) : undefined,
      unit: quantityFacts(result.row.register.code).unit,
      state: result.state,
      table: result.row.register.table,
      address: result.row.register.address,
      words: 'words' in result ? result.words : undefined,
      doubt: result.row.register.doubt,
    })),
  };
}
