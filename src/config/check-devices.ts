import { PHASES, QUANTITIES } from '../domain/quantity.ts';
import { type Issue, nearestWord, type PathStep } from '../lib/issue.ts';
import { describeValue } from '../lib/show-value.ts';
import type { Draft, DraftDevice, DraftMeter, DraftSource } from './draft.ts';
import { isReadingKey } from './file-schema.ts';
import type { IssueAt } from './places.ts';

/** What fits each on its own and not together: ids, units, intervals, keys of readings. */
export function checkDevices(draft: Draft, defaultIntervalS: number, at: IssueAt): Issue[] {
  const devices = draft.sources.flatMap((source) => source.devices);
  return [
    ...repeated(draft.sources, 'id', (source) => source.fields.id, at, 'source'),
    ...repeated(devices, 'id', (device) => device.fields.id, at, 'device'),
    ...draft.sources.flatMap((source) => checkUnits(source, at)),
    ...draft.buses.flatMap((bus) => [
      ...repeated(bus.meters, 'unit', (meter) => meter.fields.unit, at, 'meter of this bus'),
      ...bus.meters.flatMap((meter) => checkUnitRange(meter, bus.fields.connection?.framing, at)),
    ]),
    ...devices.flatMap((device) => [
      ...checkIntervals(device, defaultIntervalS, at),
      ...checkReadingKeys(device, at),
    ]),
  ];
}

/** Meters that no profile describes, in sources and in the simulated house. */
export function checkMeters(draft: Draft, known: readonly string[] | undefined, at: IssueAt): Issue[] {
  if (known === undefined) return [];
  const entries: readonly (DraftDevice | DraftMeter)[] = [
    ...draft.sources.flatMap((source) => source.devices),
    ...draft.buses.flatMap((bus) => bus.meters),
  ];
  return entries.flatMap(({ path, fields }) => {
    const { meter } = fields;
    if (meter === undefined || known.includes(meter)) return [];
    const near = nearestWord(meter, known) ?? known.find((id) => wordOf(id).includes(wordOf(meter)));
    const meant = near === undefined ? '' : `did you mean "${near}"? `;
    return [at([...path, 'meter'], `unknown meter "${meter}"`, `${meant}\`busbar meters\` lists all models`)];
  });
}

// "SDM 630" is what stands on the meter.
const wordOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

interface Placed {
  readonly path: readonly PathStep[];
}

/** One issue for each entry whose value another one before it has already. */
export function repeated<E extends Placed>(
  entries: readonly E[],
  key: string,
  valueIn: (entry: E) => string | number | undefined,
  at: IssueAt,
  what: string,
): Issue[] {
  const first = new Map<string | number, E>();
  return entries.flatMap((entry) => {
    const value = valueIn(entry);
    if (value === undefined) return [];
    const other = first.get(value);
    if (other === undefined) {
      first.set(value, entry);
      return [];
    }
    return [
      at(
        [...entry.path, key],
        `found ${describeValue(value)}: the ${what} at line ${at.lineOf([...other.path, key])} has it already`,
        `allowed: each ${key} once`,
      ),
    ];
  });
}

function checkUnits(source: DraftSource, at: IssueAt): Issue[] {
  const { connection } = source.fields;
  const unitOf = (device: DraftDevice) => device.fields.unit ?? connection?.unitId;
  return [
    ...repeated(source.devices, 'unit', unitOf, at, 'device of this bus'),
    ...source.devices.flatMap((device) => {
      if (connection !== undefined && unitOf(device) === undefined && device.lacks('unit'))
        return [at([...device.path, 'unit'], 'is missing', `allowed: ${unitWords(connection.framing)}`)];
      return checkUnitRange(device, connection?.framing, at);
    }),
  ];
}

function unitWords(framing: string): string {
  return framing === 'mbap' ? 'a whole number from 0 to 255' : 'a whole number from 1 to 247';
}

function checkUnitRange(entry: DraftDevice | DraftMeter, framing: string | undefined, at: IssueAt): Issue[] {
  const { unit } = entry.fields;
  if (unit === undefined || framing === undefined || framing === 'mbap') return [];
  if (unit >= 1 && unit <= 247) return [];
  return [at([...entry.path, 'unit'], `found ${unit}`, `allowed: ${unitWords(framing)}`)];
}

function checkIntervals({ path, fields }: DraftDevice, defaultIntervalS: number, at: IssueAt): Issue[] {
  const interval = fields.interval ?? defaultIntervalS;
  const whose = fields.interval === undefined ? 'the default interval' : 'the interval';
  return (['counterInterval', 'slowInterval'] as const).flatMap((key) => {
    const value = fields[key];
    if (value === undefined || value >= interval) return [];
    return [
      at(
        [...path, key],
        `found ${value}: it is shorter than ${whose} of ${interval}`,
        `allowed: ${interval} and more`,
      ),
    ];
  });
}

const KEY_LISTS = ['only', 'enable', 'disable'] as const;
const ALL_KEYS = Object.keys(QUANTITIES).flatMap((code) => [
  code,
  ...PHASES.map((phase) => `${code}_${phase}`),
]);

function checkReadingKeys({ path, fields }: DraftDevice, at: IssueAt): Issue[] {
  const unknown = KEY_LISTS.flatMap((list) =>
    (fields[list] ?? []).flatMap((key, index) => {
      if (isReadingKey(key)) return [];
      const near = nearestWord(key, ALL_KEYS);
      const meant = near === undefined ? '' : `did you mean "${near}"? `;
      const codes = Object.keys(QUANTITIES).join(', ');
      return [
        at(
          [...path, list, index],
          `unknown quantity ${describeValue(key)}`,
          `${meant}allowed: ${codes}, each also with a phase: p_l1`,
        ),
      ];
    }),
  );
  const contradictions = (fields.disable ?? []).flatMap((key, index) => {
    const other = (['only', 'enable'] as const).find((list) => fields[list]?.includes(key));
    return other === undefined
      ? []
      : [
          at(
            [...path, 'disable', index],
            `found ${describeValue(key)}: it stands in "${other}" too`,
            'allowed: one of the two',
          ),
        ];
  });
  return [...unknown, ...contradictions];
}
