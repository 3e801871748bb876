import { type Reading, readingKey } from '../../domain/reading.ts';
import { decodeText, parseJson } from '../../mapping/json-text.ts';
import { toNumber } from '../../mapping/number-text.ts';
import { codeOfUnit, unitConversion } from '../../mapping/unit-conversion.ts';
import { EMONHUB_KIND } from '../../sources/mqtt-map/emonhub/kind.ts';
import { usualValues } from '../../sources/mqtt-map/emonhub/usual-names.ts';
import { jsonObject, member, numberMember } from '../../sources/mqtt-map/payload.ts';
import { PLUGWISE2PY_KIND } from '../../sources/mqtt-map/plugwise2py/kind.ts';
import { readValue } from '../../sources/mqtt-map/pushed/value-rule.ts';
import { STATESTREAM_KIND } from '../../sources/mqtt-map/statestream/kind.ts';
import type { Finding, Recogniser } from './finding.ts';

/** Programs that show themselves by the form of their topics. */

const NOTHING = Buffer.alloc(0);
const textOf = (payload: Buffer) => decodeText(payload, 256)?.trim();

interface EmonNode {
  readonly values: Map<string, unknown>;
  readonly topics: string[];
}

/** `emon/<node>/<name>` and `emon/<node>` with the usual names; a device a current clamp. */
export const findEmonhub: Recogniser = (heard) => {
  const nodes = new Map<string, EmonNode>();
  for (const { topic, payload } of heard.all()) {
    const [, node, name] = /^emon\/([^/]+)(?:\/([^/]+))?$/.exec(topic) ?? [];
    if (node === undefined) continue;
    const entry: EmonNode = nodes.get(node) ?? { values: new Map(), topics: [] };
    nodes.set(node, entry);
    entry.topics.push(topic);
    if (name !== undefined) entry.values.set(name.toLowerCase(), textOf(payload));
    else
      for (const [key, value] of Object.entries(jsonObject(payload) ?? {}))
        entry.values.set(key.toLowerCase(), value);
  }
  return [...nodes].flatMap(([node, { values, topics }]) =>
    Array.from({ length: 12 }, (_, index) => index + 1).flatMap((circuit): Finding[] => {
      const readings = usualValues(circuit).flatMap((value): Reading[] => {
        const name = value.names.find((candidate) => values.has(candidate));
        const reading = name === undefined ? 'no_number' : readValue(value, values.get(name));
        return typeof reading === 'string' ? [] : [reading];
      });
      if (!readings.some(({ code }) => code === 'p')) return [];
      return [
        {
          kind: EMONHUB_KIND,
          section: {},
          device: { node, circuit },
          name: `${node} ${circuit}`,
          values: readings.map((reading) => ({ key: readingKey(reading), value: reading.value })),
          topics,
        },
      ];
    }),
  );
};

const STATE = /^(.+)\/(sensor)\/([a-z0-9_]+)\/state$/;

/** `<base>/sensor/<object>/state` with the unit beside it, or the times that Home Assistant adds. */
export const findStatestream: Recogniser = (heard) => {
  const found: Finding[] = [];
  for (const { topic, payload } of heard.all()) {
    const [, base, domain, object] = STATE.exec(topic) ?? [];
    if (base === undefined || object === undefined) continue;
    const beside = `${base}/${domain}/${object}`;
    const unit = parseJson(heard.get(`${beside}/unit_of_measurement`)?.payload ?? NOTHING, 256);
    if (typeof unit !== 'string') continue;
    const isCounter =
      parseJson(heard.get(`${beside}/state_class`)?.payload ?? NOTHING, 256) !== 'measurement';
    const code = codeOfUnit(unit);
    if (code === undefined || code === 'temp' || (code.startsWith('e') && !isCounter)) continue;
    const number = toNumber(textOf(payload));
    found.push({
      kind: STATESTREAM_KIND,
      section: { base },
      device: { values: [{ quantity: code, entity: `${domain}.${object}` }] },
      name: object,
      values: [{ key: code, value: number === undefined ? undefined : unitConversion(unit, code)?.(number) }],
      topics: [topic],
    });
  }
  return joinEntities(found);
};

const ENDINGS =
  /_(active_power|apparent_power|reactive_power|power_factor|power|voltage|current|energy|frequency|summation_delivered|instantaneous_demand|rms_voltage|rms_current|ac_frequency)$/;

// `fridge_power` and `fridge_voltage` are two quantities of one plug, unless one is there twice.
function joinEntities(found: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of found) {
    const key = JSON.stringify([finding.section.base, finding.name.replace(ENDINGS, '')]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].flatMap((group) => {
    const keys = new Set(group.flatMap(({ values }) => values.map(({ key }) => key)));
    const [first] = group;
    if (first === undefined || group.length === 1 || keys.size < group.length) return group;
    return [
      {
        ...first,
        name: first.name.replace(ENDINGS, ''),
        device: { values: group.flatMap(({ device }) => device?.values ?? []) },
        values: group.flatMap(({ values }) => values),
        topics: group.flatMap(({ topics }) => topics),
      },
    ];
  });
}

/** `<base>/power/<MAC>` and `<base>/circle/<MAC>` with the JSON of Plugwise-2-py. */
export const findPlugwise2py: Recogniser = (heard) => {
  const circles = new Map<string, Finding>();
  for (const { topic, payload } of heard.all()) {
    const [, base, form, mac] = /^(.+)\/(power|circle)\/([0-9A-F]{16})$/.exec(topic) ?? [];
    if (base === undefined || mac === undefined) continue;
    const json = jsonObject(payload);
    const power = numberMember(json, form === 'power' ? 'power' : 'power8s');
    if (json === undefined || (form === 'power' ? member(json, 'ts') : member(json, 'powerts')) === undefined)
      continue;
    const before = circles.get(`${base}/${mac}`);
    const name = member(json, 'name');
    circles.set(`${base}/${mac}`, {
      kind: PLUGWISE2PY_KIND,
      section: base === 'plugwise2py/state' ? {} : { base },
      device: { mac },
      name: typeof name === 'string' && name !== '' ? name : (before?.name ?? mac),
      values: [{ key: 'p', value: power ?? before?.values[0]?.value }],
      topics: [...(before?.topics ?? []), topic],
    });
  }
  return [...circles.values()];
};
