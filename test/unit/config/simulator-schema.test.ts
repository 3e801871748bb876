import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { houseText, issuesOf, loadText } from './load-text.ts';

const simulator = async (text: string) => (await loadText(houseText(`simulator:\n${text}`))).config.simulator;
const issues = (text: string) => issuesOf(loadText(houseText(`simulator:\n${text}`)));

describe('the section of the simulated house', () => {
  it('fills in what is not said', async () => {
    expect(await simulator('  mqtt:\n    shelly: [{ prefix: kettle, measures: kettle }]\n')).toEqual({
      seed: 1,
      paced: true,
      buses: [],
      mqtt: {
        broker: undefined,
        zigbee2mqtt: undefined,
        tasmota: [],
        shelly: [{ prefix: 'kettle', measures: 'kettle' }],
      },
      sticks: [],
    });
  });

  it('takes plugs of every kind, on a broker of their own', async () => {
    const loaded = await simulator(`
  sticks:
    - connection: tcp://127.0.0.1:5023
      circles: [{ mac: 000d6f0001a5c3b1, measures: fridge }]
  mqtt:
    broker: { url: mqtt://192.0.2.1, username: house, passwordFile: secret/mqtt }
    zigbee2mqtt:
      plugs: [{ name: Küche/TV plug, ieee: "0x00158d00054a91c2", measures: electronics }]
    tasmota: [{ topic: washer, measures: washing_machine }]
`);
    expect(loaded?.sticks).toEqual([
      {
        connection: { kind: 'tcp', host: '127.0.0.1', port: 5023 },
        circles: [{ mac: '000D6F0001A5C3B1', measures: 'fridge' }],
      },
    ]);
    expect(loaded?.mqtt?.zigbee2mqtt).toEqual({
      base: 'zigbee2mqtt',
      plugs: [{ name: 'Küche/TV plug', ieee: '0x00158d00054a91c2', measures: 'electronics' }],
    });
    const { url, username, passwordFile } = loaded?.mqtt?.broker ?? {};
    expect({ url, username }).toEqual({ url: 'mqtt://192.0.2.1', username: 'house' });
    // Beside the file, wherever the program was started.
    expect(passwordFile?.endsWith(join('secret', 'mqtt'))).toBe(true);
    expect(passwordFile?.startsWith('/')).toBe(true);
  });

  it.each([
    [
      'an address without quotes',
      'zigbee2mqtt: { plugs: [{ name: a, ieee: 0x00158d00054a91c2, measures: fridge }] }',
      'quotes',
    ],
    [
      'a name that no topic can hold',
      'zigbee2mqtt: { plugs: [{ name: a+b, ieee: "0x00158d00054a91c2", measures: fridge }] }',
      '"+"',
    ],
    [
      'a name that ends with a slash',
      'zigbee2mqtt: { plugs: [{ name: a/, ieee: "0x00158d00054a91c2", measures: fridge }] }',
      '"/"',
    ],
    ['a topic with a wildcard', 'tasmota: [{ topic: "a/#", measures: fridge }]', 'topic levels'],
    [
      'two plugs at one topic',
      'shelly: [{ prefix: a, measures: fridge }, { prefix: a, measures: oven }]',
      'each prefix once',
    ],
    ['a mistyped key', 'shelly: [{ prefx: a, measures: fridge }]', 'did you mean "prefix"?'],
    ['an empty list', 'tasmota: []', 'at least 1 entry'],
  ])('refuses %s and says what is allowed', async (_, line, words) => {
    const found = await issues(`  mqtt:\n    ${line}\n`);
    expect(found.map(({ allowed }) => allowed).join('\n')).toContain(words);
    expect(found).toHaveLength(1);
  });

  it('refuses a stick at a port that something else listens on', async () => {
    const text = `  buses:
    - connection: rtu+tcp://127.0.0.1:5023
      meters: [{ unit: 1, meter: eastron-sdm120, measures: solar }]
  sticks:
    - connection: tcp://127.0.0.1:5023
      circles: [{ mac: 000D6F0001A5C3B1, measures: fridge }]
`;
    const [found, ...others] = await issues(text);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ path: 'simulator.sticks[0].connection' });
    expect(found?.problem).toContain('a simulated bus');
  });

  it('refuses a circle whose address is none, and a circle that stands twice', async () => {
    const stick = (circles: string) =>
      `  sticks:\n    - connection: tcp://127.0.0.1:5023\n      circles: ${circles}\n`;
    expect(await issues(stick('[{ mac: 0123, measures: fridge }]'))).toHaveLength(1);
    const twice = '[{ mac: 000D6F0001A5C3B1, measures: fridge }, { mac: 000D6F0001A5C3B1, measures: oven }]';
    expect((await issues(stick(twice)))[0]?.problem).toContain('another entry has it already');
  });
});
