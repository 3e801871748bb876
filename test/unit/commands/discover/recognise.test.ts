import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { discoverDocument, discoverPage } from '../../../../src/commands/discover/discover-page.ts';
import {
  createIds,
  formatSections,
  sectionsOf,
} from '../../../../src/commands/discover/discovered-config.ts';
import { shellyPrefixOf } from '../../../../src/commands/discover/find-shelly-gen2.ts';
import type { Finding } from '../../../../src/commands/discover/finding.ts';
import { createObservations } from '../../../../src/commands/discover/observations.ts';
import { placeBelow, placeOf } from '../../../../src/commands/discover/places.ts';
import { recognise } from '../../../../src/commands/discover/recognise.ts';
import { checkedSection, configOf } from '../../sources/mqtt-map/mapper-bench.ts';
import { bytesOf, HOUSE_FINDINGS, HOUSE_MESSAGES } from './house-messages.ts';

function heardHouse() {
  const heard = createObservations();
  for (const [topic, payload] of HOUSE_MESSAGES) {
    const bytes = bytesOf(payload);
    heard.add(placeOf(topic, bytes), bytes, false, 1000);
  }
  return heard;
}

const described = ({ kind, name, values }: Finding) => {
  const shown = values.map(
    ({ key, value }) => `${key} ${value === undefined ? '?' : Number(value.toFixed(3))}`,
  );
  return `${kind.type}: ${name}: ${shown.join(', ')}`;
};

describe('discover', () => {
  it('finds each device of a house once, with its last values', () => {
    expect(recognise(heardHouse()).map(described).sort()).toEqual([...HOUSE_FINDINGS].sort());
  });

  it('prints a configuration that every kind accepts, with unique ids', () => {
    const findings = recognise(heardHouse());
    const text = formatSections(sectionsOf(findings, { url: 'mqtt://192.168.1.5' }));
    const { sources } = parse(text) as {
      sources: { type: string; id: string; devices: { id: string }[]; [key: string]: unknown }[];
    };
    const kinds = new Map(findings.map(({ kind }) => [kind.type, kind]));
    for (const source of sources) {
      const kind = kinds.get(source.type);
      if (kind === undefined) throw new Error(source.type);
      expect(checkedSection(kind, source)).toEqual([]);
      expect(configOf(kind, source).devices.map(({ id }) => id)).toEqual(source.devices.map(({ id }) => id));
    }
    const ids = sources.flatMap(({ devices }) => devices.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(HOUSE_FINDINGS.length);
    expect(ids).toContain('kuche_kaffee');
  });

  it('shows all of it as comments before the configuration', () => {
    const heard = heardHouse();
    const discovery = {
      broker: 'mqtt://x',
      findings: recognise(heard),
      heard,
      seconds: 10,
      isInterrupted: false,
    };
    const page = discoverPage(discovery, 'sources: []');
    expect(page.slice(0, -2).every((line) => line.startsWith('#'))).toBe(true);
    expect(page.find((line) => line.includes('Plug 7'))).toMatch(/ha-discovery\s+Plug 7\s+p 5 W\s+once/);
    const document = JSON.parse(JSON.stringify(discoverDocument(discovery, 'x')));
    expect(document.devices).toHaveLength(HOUSE_FINDINGS.length);
    expect(JSON.stringify(document)).not.toContain('\\u0001');
  });

  it('reads the answers of Shelly devices that were asked', () => {
    const heard = createObservations();
    const answer = (id: number, result: object) =>
      heard.add(placeBelow('plug/one/rpc', String(id)), bytesOf({ id, src: 'shellyx', result }), false, 0);
    answer(1, { name: 'Kettle', id: 'shellyplugus-1', gen: 2 });
    answer(2, {
      'switch:0': { id: 0, apower: 2000, voltage: 230 },
      'pm1:1': { apower: 3 },
      sys: { uptime: 1 },
    });
    expect(recognise(heard).map(described).sort()).toEqual([
      'shelly-gen2: Kettle pm1:1: p 3',
      'shelly-gen2: Kettle switch:0: p 2000, v 230',
    ]);
  });

  it.each([
    ['shellyplus1-aabb01/online', 'shellyplus1-aabb01'],
    ['garage/shellypro3em-0cb815/online', 'garage/shellypro3em-0cb815'],
    ['house/x/events/rpc', 'house/x'],
    ['a/b/status/em:0', 'a/b'],
    ['shellies/shellyplug-s-12AB34/online', undefined],
    ['plug7/online', undefined],
    ['zigbee2mqtt/x/status', undefined],
  ])('knows by %s whom to ask', (topic, prefix) => {
    expect(shellyPrefixOf(topic)).toBe(prefix);
  });

  it('leaves devices out that their kind would refuse', () => {
    const heard = createObservations();
    const exposes = [{ type: 'numeric', name: 'power', property: 'power', unit: 'W', access: 1 }];
    const list = ['ok', 'bad#name', 'a\u0000b', '__proto__'].map((name) => ({
      ieee_address: '0xa4c138280528b031',
      friendly_name: name,
      definition: { exposes },
    }));
    heard.add('zigbee2mqtt/bridge/devices', bytesOf(list), true, 0);
    const [section] = sectionsOf(recognise(heard), undefined);
    expect(section?.devices.map(({ id }) => id)).toEqual(['ok', 'proto']);
  });
});

describe('ids', () => {
  it('are topic levels, unique, and never reserved', () => {
    const idOf = createIds();
    const names = [
      'Küche Kaffee',
      'küche-kaffee',
      '洗濯機',
      '',
      'gateway',
      'constructor',
      '__proto__',
      'x'.repeat(200),
      'Straße 7',
    ];
    expect(names.map(idOf)).toEqual([
      'kuche_kaffee',
      'kuche_kaffee_2',
      'device',
      'device_2',
      'device_gateway',
      'device_constructor',
      'proto',
      'x'.repeat(56),
      'strasse_7',
    ]);
  });
});

describe('a noisy broker', () => {
  it('is held in bounded memory, with room for what describes the rest', () => {
    const heard = createObservations({
      topics: 100,
      bytes: 10_000,
      payloadBytes: 500,
      describingBytes: 4000,
    });
    for (let index = 0; index < 5000; index++) heard.add(`noise/${index}`, Buffer.alloc(400), false, index);
    heard.add('zigbee2mqtt/bridge/devices', Buffer.alloc(4000), true, 0);
    heard.add('huge', Buffer.alloc(10_000_000), false, 0);
    expect(heard.topics).toBeLessThanOrEqual(100);
    expect([...heard.all()].reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThanOrEqual(
      10_000,
    );
    expect(heard.get('zigbee2mqtt/bridge/devices')?.payload).toHaveLength(4000);
    expect(heard.leftOut).toBeGreaterThan(4900);
  });

  it('tells how often a topic speaks, without counting what the broker kept', () => {
    const heard = createObservations();
    heard.add('a', Buffer.from('1'), true, 0);
    for (const at of [5000, 15_000, 25_000]) heard.add('a', Buffer.from('2'), false, at);
    expect(heard.get('a')).toMatchObject({ live: 3, isRetained: true, everyS: 10 });
  });
});
