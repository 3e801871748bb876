import { describe, expect, it } from 'vitest';
import { createCurrentCostSource } from '../../../../src/sources/serial-lines/currentcost.ts';
import fixture from '../../../fixtures/plugs/serial.json' with { type: 'json' };
import { createRig, currentCost } from './rig.ts';

const textOf = (id: string) => String(fixture.samples.find((sample) => sample.id === id)?.payload);
const CC128 = textOf('currentcost-cc128');
const CLASSIC = textOf('currentcost-classic');

const rigOf = (...devices: Parameters<typeof currentCost>[0]) =>
  createRig((clock, opener) => createCurrentCostSource(currentCost(devices), clock, opener));

describe('published samples', () => {
  it('of a CC128 and a Classic give their watts, at the arrival of their last byte', async () => {
    const rig = rigOf({ id: 'mains', hasTemperature: true });
    await rig.clock.advance(1000);
    rig.line.send(Buffer.from(CC128.slice(0, 100)));
    rig.line.send(Buffer.from(CC128.slice(100)), 300);
    await rig.clock.advance(1000);
    expect(rig.values('mains')).toEqual([{ p: 1352, temp: 28.9 }]);
    expect(rig.samples()[0]?.takenAt).toBe(rig.clock.now() - 700);
    await rig.say(CLASSIC);
    expect(rig.values('mains')[1]).toEqual({ p: 168 });
    await rig.end();
  });

  it('give nothing for a sensor that was not meant, and say what was heard', async () => {
    const rig = rigOf({ id: 'plug', sensor: 3 }, { id: 'other', radio: 1 });
    await rig.clock.advance(10);
    await rig.say(CC128);
    expect(rig.samples()).toEqual([]);
    expect(rig.source.statistics()).toMatchObject({ unconfigured: { 'sensor 0, radio 3583': 1 } });
    await rig.end();
  });
});

describe('the channels of a transmitter', () => {
  const three = CC128.replace(
    '</ch1>',
    '</ch1><ch2><watts>00200</watts></ch2><ch3><watts>00050</watts></ch3>',
  );
  const two = CC128.replace('</ch1>', '</ch1><ch2><watts>00200</watts></ch2>');

  it('are summed, or read one by one', async () => {
    const rig = rigOf({ id: 'all' }, { id: 'second', channel: 2 }, { id: 'third', channel: 3 });
    await rig.clock.advance(10);
    await rig.say(two);
    expect(rig.values('all')).toEqual([{ p: 1552 }]);
    expect(rig.values('second')).toEqual([{ p: 200 }]);
    expect(rig.values('third')).toEqual([]);
    await rig.end();
  });

  it('are lines where the user says so, and have no sum when one is missing', async () => {
    const rig = rigOf({ id: 'mains', lines: 3 });
    await rig.clock.advance(10);
    await rig.say(three + two);
    expect(rig.values('mains')).toEqual([
      { p: 1602, p_l1: 1352, p_l2: 200, p_l3: 50 },
      { p_l1: 1352, p_l2: 200 },
    ]);
    await rig.end();
  });
});

describe('messages that are no readings', () => {
  it('of history and of damage are counted by kind', async () => {
    const history =
      '<msg><src>CC128-v0.11</src><dsb>1</dsb><time>13:01:00</time><hist><dsw>1</dsw></hist></msg>';
    const rig = rigOf({ id: 'mains' });
    await rig.clock.advance(10);
    await rig.say(`${history}\r\n${CC128.replace('01352', 'nan')}\r\n${CC128.replace('<type>1', '<type>2')}`);
    await rig.say(`<msg>${CC128}`);
    expect(rig.values('mains')).toEqual([{ p: 1352 }]);
    expect(rig.source.statistics()).toMatchObject({
      messages: { history: 1, malformed: 1, 'other-type': 1, live: 1 },
      cut: 1,
      samples: { mains: 1 },
    });
    await rig.end();
  });
});

describe('a device', () => {
  it('says that its power is nearer to VA, and has the limit of what it is', () => {
    const source = createCurrentCostSource(
      currentCost([
        { id: 'mains', radio: 3583, lines: 3 },
        { id: 'plug', sensor: 1 },
        { id: 'given', sensor: 1, rating: { maxW: 3000 } },
        { id: 'fused', rating: { fuseA: 100 } },
        { id: 'solar', invert: true },
      ]),
      createRig((clock, opener) => createCurrentCostSource(currentCost([]), clock, opener)).clock,
    );
    const [mains, plug, given, fused] = source.devices;
    expect(mains?.quantities.map(({ code, phase }) => phase ?? code)).toEqual(['p', 'l1', 'l2', 'l3']);
    for (const quantity of mains?.quantities ?? []) expect(quantity.doubt).toMatch(/VA/);
    expect(mains).toMatchObject({ identity: 'currentcost-3583', address: 'sensor 0', lines: 3 });
    expect(source.devices.map(({ rating }) => rating.maxW)).toEqual([20_000, 4000, 3000, undefined, 20_000]);
    expect(plug?.rating).toEqual({ maxW: 4000 });
    expect(given?.rating).toEqual({ maxW: 3000 });
    expect(fused?.rating).toEqual({ fuseA: 100 });
  });

  it('that is installed backwards has the other sign', async () => {
    const rig = rigOf({ id: 'solar', invert: true });
    await rig.clock.advance(10);
    await rig.say(CC128);
    expect(rig.values('solar')).toEqual([{ p: -1352 }]);
    await rig.end();
  });

  it('is online with each sample, and offline once when three did not come', async () => {
    const rig = rigOf({ id: 'mains' });
    await rig.clock.advance(10);
    for (let i = 0; i < 5; i++) await rig.say(CC128, 6000);
    expect(rig.availability('mains')).toEqual([]);
    await rig.clock.advance(40_000);
    expect(rig.availability('mains')).toEqual(['offline']);
    await rig.say(CC128);
    expect(rig.samples().length).toBe(6);
    await rig.clock.advance(30_000);
    expect(rig.availability('mains')).toEqual(['offline', 'offline']);
    await rig.end();
  });
});
