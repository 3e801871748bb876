import { quantityFacts } from '../../domain/quantity.ts';
import { type Reading, readingKey } from '../../domain/reading.ts';
import { formatNumber } from '../../sinks/mqtt/payload.ts';

/** How well values that were read as one model fit what a supply can look like. */
export interface Plausibility {
  readonly score: number;
  readonly speaksFor: readonly string[];
  readonly speaksAgainst: readonly string[];
}

interface Judgement {
  readonly score: number;
  readonly text: string;
}

const LINE_TO_NEUTRAL = ['v', 'v_l1', 'v_l2', 'v_l3'];
const LINE_TO_LINE = ['v_ll', 'v_l1l2', 'v_l2l3', 'v_l3l1'];

/** Judges readings of one unit; `refused` of `asked` rows were refused. */
export function judgeReadings(readings: readonly Reading[], refused: number, asked: number): Plausibility {
  const values = new Map(readings.map((reading) => [readingKey(reading), reading]));
  const judgements = [
    ...frequency(values.get('f')),
    ...voltages(values, LINE_TO_NEUTRAL, [80, 300], 2),
    ...voltages(values, LINE_TO_LINE, [140, 520], 1).slice(0, 1),
    ...powerFactor(values.get('pf') ?? values.get('pf_l1')),
    ...consistency(values),
    ...refusals(refused, asked),
  ];
  return {
    score: judgements.reduce((sum, { score }) => sum + score, 0),
    speaksFor: judgements.filter(({ score }) => score > 0).map(({ text }) => text),
    speaksAgainst: judgements.filter(({ score }) => score < 0).map(({ text }) => text),
  };
}

function frequency(f: Reading | undefined): Judgement[] {
  if (f === undefined || f.value === 0) return [];
  return [{ score: f.value >= 45 && f.value <= 65 ? 3 : -3, text: words(f) }];
}

function voltages(
  values: ReadonlyMap<string, Reading>,
  keys: readonly string[],
  [min, max]: readonly [number, number],
  weight: number,
): Judgement[] {
  return keys.flatMap((key) => {
    const v = values.get(key);
    if (v === undefined) return [];
    // A line without voltage is possible, but a meter of one line says so of the two it does not have.
    if (v.value === 0) return [{ score: -1, text: words(v) }];
    return [{ score: v.value >= min && v.value <= max ? weight : -2, text: words(v) }];
  });
}

function powerFactor(pf: Reading | undefined): Judgement[] {
  if (pf === undefined) return [];
  return [{ score: Math.abs(pf.value) <= 1.001 ? 1 : -2, text: words(pf) }];
}

function consistency(values: ReadonlyMap<string, Reading>): Judgement[] {
  const group = ['', '_l1'].find((suffix) => values.has(`p${suffix}`) && values.has(`s${suffix}`));
  if (group === undefined) return [];
  const [p = 0, s = 0] = [values.get(`p${group}`)?.value, values.get(`s${group}`)?.value];
  if (p === 0 && s === 0) return [];
  const isPossible = Math.abs(p) <= Math.abs(s) * 1.02 + 2;
  const text = `active power ${shown('p', p)} W ${isPossible ? 'within' : 'beyond'} apparent power ${shown('s', s)} VA`;
  return [{ score: isPossible ? 1 : -2, text }];
}

function refusals(refused: number, asked: number): Judgement[] {
  if (asked === 0) return [];
  if (refused === 0) return [{ score: 1, text: `all ${asked} rows answered` }];
  return [{ score: -2, text: `${refused} of ${asked} rows refused` }];
}

function words(reading: Reading): string {
  return `${readingKey(reading)} ${shown(reading.code, reading.value)} ${quantityFacts(reading.code).unit}`.trim();
}

// Words in the wrong order are often numbers such as 1e-38 or 1e30.
function shown(code: Reading['code'], value: number): string {
  const isReadable = value === 0 || (Math.abs(value) >= 0.001 && Math.abs(value) < 1e7);
  if (!isReadable) return value.toExponential(1);
  return formatNumber(value, quantityFacts(code).decimals) ?? '';
}
