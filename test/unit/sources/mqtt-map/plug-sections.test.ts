import { expect, test } from 'vitest';
import { formatIssue } from '../../../../src/lib/issue.ts';
import { issuesOf, loadText } from '../../config/load-text.ts';

const section = (type: string, device: string, top = '') => `
sources:
  - type: ${type}
    id: plugs
${top === '' ? '' : `    ${top}\n`}    devices:
${device.replace(/^/gm, '      ')}
`;

const mistakes = async (text: string) => (await issuesOf(loadText(text))).map(formatIssue);

test.each([
  ['mqtt-map', '- { id: a, values: [{ topic: x/y, path: a.b, quantity: p, unit: kW }] }', ''],
  ['zigbee2mqtt', '- { id: a, device: "Küche/Wasser kocher" }', 'base: haus/z2m'],
  ['tasmota', '- { id: a, topic: tasmota_1A2B3C, channel: 2 }', 'fullTopic: "%topic%/%prefix%/"'],
  ['shelly-gen1', '- { id: a, device: shellyem3-68C63AFAF952 }', ''],
  [
    'shelly-gen2',
    '- { id: a, prefix: shellypro3em, component: "em:0" }',
    'broker: { url: "mqtt://10.0.0.2" }',
  ],
])('loads a section of kind %s', async (type, device, top) => {
  const { config } = await loadText(section(type, device, top));
  expect(config.sources[0]).toMatchObject({ type, id: 'plugs', devices: [{ id: 'a' }] });
});

test.each([
  ['quantity: p, unit: V', 'sources[0].devices[0].values[0].unit'],
  ['quantity: power, unit: W', 'sources[0].devices[0].values[0].quantity'],
  ['quantity: p, unit: W, path: "a..b"', 'sources[0].devices[0].values[0].path'],
  ['quantity: p, unit: W, scale: big', 'sources[0].devices[0].values[0].scale'],
])('refuses a value with %s at its place', async (value, place) => {
  const found = await mistakes(section('mqtt-map', `- { id: a, values: [{ topic: x, ${value} }] }`));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`${place}:`);
});

test('refuses a wildcard in a topic', async () => {
  const found = await mistakes(section('mqtt-map', '- { id: a, values: [{ topic: a/+/b, quantity: p }] }'));
  expect(found[0]).toContain('values[0].topic');
});

test('refuses a value that a device reads twice', async () => {
  const values =
    '[{ topic: x, path: a, quantity: p }, { topic: x, path: a, quantity: v }, { topic: x, quantity: i }]';
  const found = await mistakes(section('mqtt-map', `- { id: a, values: ${values} }`));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('is read twice');
});

test('refuses one word for there and gone', async () => {
  const device =
    '- { id: a, values: [{ topic: x, quantity: p }], availability: { topic: y, online: up, offline: up } }';
  expect((await mistakes(section('mqtt-map', device)))[0]).toContain('means both');
});

test.each([
  ['- { id: a }', 'sources[0].devices[0].topic: is missing'],
  ['- { id: a, topic: x, mac: AABBCCDDEEFF }', 'both given'],
  ['- { id: a, topic: x, channel: 1, phases: true }', 'both given'],
  ['- { id: a, mac: AABBCC }', 'twelve hexadecimal digits'],
  ['- { id: a, topic: x }\n- { id: b, topic: x }', 'stands there twice'],
])('refuses the Tasmota device %s', async (device, words) => {
  expect((await mistakes(section('tasmota', device))).join('\n')).toContain(words);
});

test('refuses a FullTopic that gives several devices one topic', async () => {
  const found = await mistakes(
    section('tasmota', '- { id: a, topic: x }\n- { id: b, topic: y }', 'fullTopic: "%prefix%/"'),
  );
  expect(found[0]).toContain('gives all devices one topic');
});

test.each([
  ['zigbee2mqtt', '- { id: a, device: k }\n- { id: b, device: k }'],
  ['shelly-gen1', '- { id: a, device: k }\n- { id: b, device: k }'],
  ['shelly-gen2', '- { id: a, prefix: k }\n- { id: b, prefix: k }'],
])('refuses a device of kind %s that stands there twice', async (type, devices) => {
  expect((await mistakes(section(type, devices)))[0]).toContain('stands there twice');
});
