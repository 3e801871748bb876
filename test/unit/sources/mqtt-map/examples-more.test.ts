import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SourceKind } from '../../../../src/sources/kind.ts';
import { EMONHUB_KIND } from '../../../../src/sources/mqtt-map/emonhub/kind.ts';
import { ESPHOME_KIND } from '../../../../src/sources/mqtt-map/esphome/kind.ts';
import { HA_DISCOVERY_KIND } from '../../../../src/sources/mqtt-map/ha-discovery/kind.ts';
import { PLUGWISE2PY_KIND } from '../../../../src/sources/mqtt-map/plugwise2py/kind.ts';
import { RTL433_KIND } from '../../../../src/sources/mqtt-map/rtl433/kind.ts';
import { STATESTREAM_KIND } from '../../../../src/sources/mqtt-map/statestream/kind.ts';
import { checkedSection, configOf } from './mapper-bench.ts';

const KINDS: readonly SourceKind[] = [
  EMONHUB_KIND,
  ESPHOME_KIND,
  HA_DISCOVERY_KIND,
  PLUGWISE2PY_KIND,
  RTL433_KIND,
  STATESTREAM_KIND,
];

interface Section {
  readonly type: string;
  readonly devices: readonly { readonly id: string }[];
  readonly [key: string]: unknown;
}

const examples = [
  ...readFileSync('docs/mqtt-plugs-more.md', 'utf8').matchAll(/```yaml\n(sources:[\s\S]*?)```/g),
].flatMap(([, text = '']) => (parse(text) as { sources: Section[] }).sources);

const kindOf = (type: string): SourceKind => {
  const kind = KINDS.find((known) => known.type === type);
  if (kind === undefined) throw new Error(type);
  return kind;
};

describe('examples of docs/mqtt-plugs-more.md', () => {
  it('show every kind', () => {
    expect(new Set(examples.map(({ type }) => type))).toEqual(new Set(KINDS.map(({ type }) => type)));
  });

  it.each(examples)('$type $id can be used as it stands', (section) => {
    const kind = kindOf(section.type);
    expect(checkedSection(kind, section)).toEqual([]);
    expect(configOf(kind, section).devices.map(({ id }) => id)).toEqual(section.devices.map(({ id }) => id));
  });
});

describe('mistakes in a section', () => {
  it.each<[string, SourceKind, object, string]>([
    [
      'an unknown quantity',
      ESPHOME_KIND,
      { prefix: 'a', values: [{ quantity: 'power', sensor: 'x' }] },
      'unknown quantity "power"',
    ],
    [
      'a unit of another quantity',
      ESPHOME_KIND,
      { prefix: 'a', values: [{ quantity: 'p', sensor: 'x', unit: 'VA' }] },
      '"VA" is no unit of p',
    ],
    [
      'a quantity twice',
      ESPHOME_KIND,
      {
        prefix: 'a',
        values: [
          { quantity: 'p', sensor: 'x', unit: 'W' },
          { quantity: 'p', sensor: 'y', unit: 'W' },
        ],
      },
      '"p" stands there twice',
    ],
    [
      'a name whose unit nobody knows',
      EMONHUB_KIND,
      { node: 8, values: [{ quantity: 'p', name: 'pump' }] },
      'is missing',
    ],
    [
      'a clamp and values',
      EMONHUB_KIND,
      { node: 8, circuit: 1, values: [{ quantity: 'p', name: 'power1' }] },
      '`values` stands beside it',
    ],
    [
      'an unknown model',
      RTL433_KIND,
      { model: 'Nexus-TH', transmitter: 1 },
      'nothing is known of what this model measures',
    ],
    [
      'an unknown quantity of a sensor',
      HA_DISCOVERY_KIND,
      { device: 'x', sensors: [{ sensor: 'a', quantity: 'w' }] },
      'unknown quantity "w"',
    ],
  ])('tells %s', (_, kind, device, problem) => {
    expect(checkedSection(kind, { devices: [{ id: 'a', ...device }] })).toEqual([problem]);
  });
});
