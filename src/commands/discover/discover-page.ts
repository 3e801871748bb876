import { isQuantityCode, quantityFacts } from '../../domain/quantity.ts';
import { formatTable, plainText, wrapText } from '../../lib/table.ts';
import { type Finding, liveliest } from './finding.ts';
import type { Observation, Observations } from './observations.ts';
import { topicOfPlace } from './places.ts';

const WIDTH = 98;

const COLUMNS = [
  { title: 'KIND' },
  { title: 'DEVICE' },
  { title: 'LAST VALUES' },
  { title: 'HOW OFTEN' },
] as const;

/** What was found and how it was looked for. */
export interface Discovery {
  readonly broker: string;
  readonly findings: readonly Finding[];
  readonly heard: Observations;
  readonly seconds: number;
  readonly isInterrupted: boolean;
}

/** Findings as comments, and the configuration behind them: the whole output is a file to save. */
export function discoverPage(discovery: Discovery, yaml: string | undefined): string[] {
  const { findings, heard } = discovery;
  const notes = findings.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]));
  const comments = [
    ...formatTable(
      COLUMNS,
      findings.map((finding) => rowOf(finding, heard)),
    ),
    '',
    ...notes.flatMap((note) => wrapText(plainText(note), WIDTH, '  ')),
    ...leftOutLines(heard),
  ];
  const head = withoutLast(comments).map((line) => (line === '' ? '#' : `# ${plainText(line)}`));
  return yaml === undefined ? head : [...head, '', yaml.trimEnd()];
}

const withoutLast = (lines: readonly string[]) => (lines.at(-1) === '' ? lines.slice(0, -1) : lines);

function leftOutLines({ leftOut }: Observations): string[] {
  if (leftOut === 0) return [];
  const text = `This broker holds more than is looked at: ${leftOut} messages were not kept, so devices may be missing here.`;
  return wrapText(text, WIDTH, '  ');
}

function rowOf({ kind, name, values, topics }: Finding, heard: Observations): string[] {
  const shown = values.map(({ key, value }) =>
    value === undefined ? key : `${key} ${valueText(key, value)}`,
  );
  const isAnnounced = values.some(({ value }) => value !== undefined);
  return [kind.type, name.slice(0, 40), shown.join(', '), howOften(liveliest(heard, topics), isAnnounced)];
}

function valueText(key: string, value: number): string {
  const code = key.split('_l')[0] ?? key;
  const facts = isQuantityCode(code) ? quantityFacts(code) : undefined;
  const number = String(Number(value.toFixed(facts?.decimals ?? 3)));
  return facts === undefined || facts.unit === '' ? number : `${number} ${facts.unit}`;
}

function howOften(observation: Observation | undefined, isAnnounced: boolean): string {
  if (observation === undefined) return isAnnounced ? 'announced, no report yet' : 'nothing heard';
  if (observation.everyS !== undefined) return `every ${observation.everyS} s`;
  return observation.live > 0 ? 'once' : 'only retained';
}

/** The findings for programs. */
export function discoverDocument(
  { broker, findings, heard, seconds, isInterrupted }: Discovery,
  yaml: string | undefined,
) {
  return {
    broker,
    seconds,
    devices: findings.map(({ kind, name, values, topics, device, section, note }) => {
      const best = liveliest(heard, topics);
      return {
        kind: kind.type,
        name,
        quantities: values.map(({ key, value }) => ({ key, value })),
        topics: [...new Set(topics.map(topicOfPlace))],
        live_messages: best?.live ?? 0,
        retained: best?.isRetained ?? false,
        every_s: best?.everyS,
        section,
        device,
        note,
      };
    }),
    topics_heard: heard.topics,
    messages_heard: heard.messages,
    left_out: heard.leftOut,
    interrupted: isInterrupted,
    configuration: yaml,
  };
}
