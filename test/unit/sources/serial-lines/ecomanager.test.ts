import { describe, expect, it } from 'vitest';
import { createEcoManagerSource } from '../../../../src/sources/serial-lines/ecomanager.ts';
import fixture from '../../../fixtures/plugs/serial.json' with { type: 'json' };
import { createRig, ecoManager } from './rig.ts';

const SAMPLE = fixture.samples.find(({ id }) => id === 'ecomanager-trx-line')?.payload;
const line = (given: object) => `${JSON.stringify({ ...(SAMPLE as object), ...given })}\r\n`;

const rigOf = (...devices: Parameters<typeof ecoManager>[0]) =>
  createRig((clock, opener) => createEcoManagerSource(ecoManager(devices), clock, opener));

describe('lines of the receiver', () => {
  it('as published give watts by sensor, their sum, and the relay', async () => {
    const rig = rigOf(
      { id: 'sum', radio: 123 },
      { id: 'one', radio: 123, sensor: 1 },
      { id: 'two', radio: 123, sensor: 2 },
    );
    await rig.clock.advance(10);
    await rig.say(line({}));
    expect(rig.values('sum')).toEqual([{ p: 600, relay: 1 }]);
    expect(rig.values('one')).toEqual([{ p: 100, relay: 1 }]);
    expect(rig.values('two')).toEqual([{ relay: 1 }]);
    await rig.end();
  });

  it('with nothing measured give no power', async () => {
    const rig = rigOf({ id: 'plug', radio: 123 }, { id: 'clamp', radio: 5 });
    await rig.clock.advance(10);
    await rig.say(line({ sensors: { 1: 65_535 }, state: 0 }));
    await rig.say('{"type":"tx","id":5,"t":1,"sensors":{}}\r\n');
    expect(rig.values('plug')).toEqual([{ relay: 0 }]);
    expect(rig.values('clamp')).toEqual([]);
    await rig.end();
  });

  it('less than 3 s apart are both kept; the same one twice is one', async () => {
    const rig = rigOf({ id: 'plug', radio: 123 });
    await rig.clock.advance(10);
    await rig.say(line({ t: 1000 }), 500);
    await rig.say(line({ t: 1500, sensors: { 1: 7 } }), 500);
    await rig.say(line({ t: 1500, sensors: { 1: 7 } }), 500);
    await rig.say(line({ t: 0, sensors: { 1: 8 } }));
    expect(rig.values('plug').map(({ p }) => p)).toEqual([600, 7, 8]);
    expect(rig.source.statistics()).toMatchObject({ messages: { watts: 4, repeated: 1 } });
    await rig.end();
  });

  it('about pairing, of the console and damaged ones are counted', async () => {
    const rig = rigOf({ id: 'plug', radio: 123 });
    await rig.clock.advance(10);
    await rig.say(`{PR: 5}\r\n{pw: 5 }\r\nACK auto_pair on\r\n${line({}).slice(1)}${line({ id: 9 })}`);
    expect(rig.samples()).toEqual([]);
    expect(rig.source.statistics()).toMatchObject({
      messages: { pairing: 2, console: 1, malformed: 1, watts: 1 },
      unconfigured: { 'trx 9': 1 },
    });
    await rig.end();
  });
});

it('a plug has a relay and 4000 W, a transmitter has 20000 W and is nearer to VA', () => {
  const rig = rigOf({ id: 'plug', radio: 895_299 }, { id: 'clamp', radio: 897 });
  const [plug, clamp] = rig.source.devices;
  expect(plug).toMatchObject({ rating: { maxW: 4000 }, identity: 'ecomanager-895299' });
  expect(plug?.quantities.map(({ code }) => code)).toEqual(['p', 'relay']);
  expect(clamp?.rating).toEqual({ maxW: 20_000 });
  expect(clamp?.quantities.map(({ code, doubt }) => [code, doubt !== undefined])).toEqual([['p', true]]);
});

it('what foreign transmitters say fills no memory', async () => {
  const rig = rigOf({ id: 'plug', radio: 123 });
  await rig.clock.advance(10);
  await rig.say(Array.from({ length: 5000 }, (_, id) => line({ id: id + 1000 })).join(''));
  const { unconfigured } = rig.source.statistics();
  expect(Object.keys(Object(unconfigured)).length).toBeLessThan(50);
  expect(unconfigured).toMatchObject({ others: 4960 });
  await rig.end();
});
