import type { Issue } from '../lib/issue.ts';
import { checkDerived } from './derived-schema.ts';
import type { Draft } from './draft.ts';
import { checkMeterModel, checkUnitRange } from './modbus-units.ts';
import type { IssueAt } from './places.ts';
import { checkReadingKeys } from './reading-keys.ts';
import { repeated } from './repeated.ts';

/** What fits each on its own and not together, whatever the kind of source: ids, keys of readings, simulated meters. */
export function checkDevices(draft: Draft, knownMeters: readonly string[] | undefined, at: IssueAt): Issue[] {
  const measured = draft.sources.flatMap((source) => source.devices);
  const devices = [...measured, ...draft.derived];
  const measuredIds = measured.flatMap(({ fields }) => fields.id ?? []);
  return [
    ...repeated(draft.sources, 'id', (source) => source.fields.id, at, 'source'),
    ...repeated(devices, 'id', (device) => device.fields.id, at, 'device'),
    ...checkDerived(draft.derived, measuredIds, at),
    ...draft.buses.flatMap((bus) => [
      ...repeated(bus.meters, 'unit', (meter) => meter.fields.unit, at, 'meter of this bus'),
      ...bus.meters.flatMap((meter) => [
        ...checkUnitRange(meter, bus.fields.connection?.framing, at),
        ...checkMeterModel(meter, knownMeters, at),
      ]),
    ]),
    ...devices.flatMap((device) => checkRules(device, at)),
  ];
}

function checkRules(
  { path, fields }: Draft['derived'][number] | Draft['sources'][number]['devices'][number],
  at: IssueAt,
) {
  const rules = Object.keys(fields.publish ?? {}).filter((key) => key !== 'all');
  const aggregated = fields.aggregate?.keys ?? [];
  return checkReadingKeys(
    [
      ...rules.map((key) => ({ key, path: [...path, 'publish', key] })),
      ...aggregated.map((key, index) => ({ key, path: [...path, 'aggregate', 'keys', index] })),
    ],
    at,
  );
}
