import * as scalar from '../../config/scalars.ts';
import type {
  BuildSurroundings,
  CheckSurroundings,
  Section,
  SectionDraft,
} from '../../config/source-kind.ts';
import type { Issue } from '../../lib/issue.ts';
import { defineKind } from '../kind.ts';
import type { TedConfig, TedDeviceConfig } from './config.ts';
import { buildServer, checkServer, pageUrl, SERVER_FIELDS, SERVER_SECRETS } from './server-fields.ts';

const FIELDS = {
  url: pageUrl.describe('Address of the gateway, without a path: `http://192.168.1.30`'),
  ...SERVER_FIELDS,
} as const;

const mtu = scalar.wholeNumber(0, 4);

const FIELDS_5000 = {
  mtu: mtu.describe('Measuring unit 1 to 4; 0 is the sum of all'),
} as const;

const FIELDS_6000 = {
  mtu: mtu.optional().describe('Measuring unit 1 to 4; 0 is the sum of all'),
  spyder: scalar.wholeNumber(1, 4).optional().describe('Instead of `mtu`: the Spyder, 1 to 4'),
  group: scalar.wholeNumber(1, 8).optional().describe('Circuit group of that Spyder, 1 to 8'),
} as const;

// The unit measures once a second; its gateway is a small computer.
const MIN_INTERVAL_S = 1;
const DEFAULT_INTERVAL_S = 10;

/** TED 5000 gateways with their first firmware. */
export const TED5000_KIND = defineKind({
  type: 'ted5000',
  doc: 'The Energy Detective, TED 5000 gateway with the page LiveData.xml.',
  fields: FIELDS,
  deviceFields: FIELDS_5000,
  defaultIntervalS: DEFAULT_INTERVAL_S,
  secretFiles: SERVER_SECRETS,
  check: (source, surroundings) => checkServer(source, MIN_INTERVAL_S, surroundings),
  build: (section, surroundings): TedConfig => buildTed('ted5000', section, surroundings),
  async create(config, { clock }) {
    const [{ createHttpPollSource }, { planTed }] = await loadTed();
    return createHttpPollSource(planTed(config), clock);
  },
});

/** TED 6000, TED Pro, and TED 5000 gateways with a later firmware. */
export const TED6000_KIND = defineKind({
  type: 'ted6000',
  doc: 'The Energy Detective, TED 6000 and TED Pro, and the TED 5000 with later firmware; measuring units and Spyder circuits.',
  fields: FIELDS,
  deviceFields: FIELDS_6000,
  defaultIntervalS: DEFAULT_INTERVAL_S,
  secretFiles: SERVER_SECRETS,
  check: (source, surroundings) => [
    ...checkServer(source, MIN_INTERVAL_S, surroundings),
    ...checkParts(source, surroundings.at),
  ],
  build: (section, surroundings): TedConfig => buildTed('ted6000', section, surroundings),
  async create(config, { clock }) {
    const [{ createHttpPollSource }, { planTed }, { learnTedSettings }] = await Promise.all([
      ...(await loadTed()),
      import('./ted-settings.ts'),
    ]);
    return createHttpPollSource(planTed(config), clock, learnTedSettings(config));
  },
});

const loadTed = () => Promise.all([import('./source.ts'), import('./ted.ts')]);

function checkParts(
  { devices }: SectionDraft<typeof FIELDS, typeof FIELDS_6000>,
  at: CheckSurroundings['at'],
): Issue[] {
  return devices.flatMap((device) => {
    const hasGroup = device.hasKey('spyder') || device.hasKey('group');
    if (device.hasKey('mtu') && hasGroup)
      return [at([...device.path, 'mtu'], 'stands beside spyder and group', 'allowed: one of the two')];
    if (!hasGroup && device.lacks('mtu'))
      return [
        at(
          [...device.path, 'mtu'],
          'is missing',
          'allowed: mtu: 0 to 4, or spyder: 1 to 4 and group: 1 to 8',
        ),
      ];
    const missing = hasGroup ? (['spyder', 'group'] as const).filter((key) => device.lacks(key)) : [];
    return missing.map((key) =>
      at([...device.path, key], 'is missing', 'allowed: spyder: 1 to 4 and group: 1 to 8'),
    );
  });
}

function buildTed(
  type: TedConfig['type'],
  { id, fields, devices }: Section<typeof FIELDS, typeof FIELDS_6000>,
  surroundings: BuildSurroundings,
): TedConfig {
  return {
    type,
    id,
    server: buildServer(fields, surroundings),
    url: fields.url,
    devices: devices.map(({ common, fields: own }): TedDeviceConfig => {
      const { mtu: unit = 0, spyder, group } = own;
      if (spyder === undefined || group === undefined) return { ...common, part: { kind: 'mtu', mtu: unit } };
      return { ...common, part: { kind: 'group', spyder, group } };
    }),
  };
}
