import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../../src/domain/reading.ts';
import { KNOWN_LAYOUTS } from '../../../../src/protocols/emon/layout.ts';
import type { EmonValueConfig } from '../../../../src/sources/serial-lines/config.ts';
import { createEmonDecoder, createEmonTxSource } from '../../../../src/sources/serial-lines/emontx.ts';
import fixture from '../../../fixtures/plugs/serial.json' with { type: 'json' };
import { createChance, mutateBytes } from '../../../support/mutate-bytes.ts';
import { createRig, emonTx } from './rig.ts';

const PACKET = String(fixture.samples.find(({ id }) => id === 'emonhub-frame-emontx3')?.payload);

type Given = Pick<EmonValueConfig, 'code' | 'phase' | 'unit' | 'isOptional'> & { scale: number };
const value = (code: Reading['code'], field: string, given: Partial<Given> = {}): EmonValueConfig => ({
  code,
  fields: [field],
  scale: 1,
  unit: undefined,
  isOptional: false,
  ...given,
});
const usual = [
  { ...value('p', ''), fields: ['p1', 'power1', 'ct1'] },
  { ...value('v', ''), fields: ['vrms', 'v1'] },
  { ...value('e_imp', 'e1', { unit: 'Wh', isOptional: true }) },
];

const rigOf = (...given: Parameters<typeof emonTx>) =>
  createRig((clock, opener) => createEmonTxSource(emonTx(...given), clock, opener));

describe('a radio packet', () => {
  it('as captured gives power and voltage, and no temperature of a sensor that is not there', async () => {
    const rig = rigOf([
      { id: 'one', node: 8, values: [value('p', 'power1'), value('v', 'vrms'), value('temp', 'temp1')] },
      { id: 'three', node: 8, values: [value('p', 'power3'), value('p', 'power4', { phase: 'l2' })] },
    ]);
    await rig.clock.advance(10);
    await rig.say(`${PACKET}\r\n`);
    expect(rig.values('one')).toEqual([{ p: 2420, v: 128.08 }]);
    expect(rig.values('three')).toEqual([{ p: 116, p_l2: 0 }]);
    await rig.end();
  });

  it('of a node without layout, of another length, or whitened, gives nothing and is counted', async () => {
    const whitened = Array.from({ length: 40 }, () => 85).join(' ');
    const rig = rigOf([
      { id: 'a', node: 8, values: [value('p', 'power1')] },
      { id: 'b', node: 99, values: [value('p', 'power1')] },
      { id: 'c', node: 15, values: [value('p', 'p1')] },
    ]);
    await rig.clock.advance(10);
    await rig.say(`${PACKET.replace(' 0 (', ' (')}\nOK 99 1 2\nOK 15 ${whitened}\nOK 77 1\n`);
    expect(rig.samples()).toEqual([]);
    expect(rig.source.statistics()).toMatchObject({
      messages: { packet: 4, wrong_length: 1, no_layout: 1, whitened: 1 },
      unconfigured: { 'node 77': 1 },
    });
    await rig.end();
  });

  it('is decoded by the layout of the configuration where it has one', async () => {
    const layouts = new Map([
      ...KNOWN_LAYOUTS,
      [8, [{ name: 'Watts', type: 'uint16' as const, scale: 0.5 }]] as const,
    ]);
    const rig = rigOf([{ id: 'a', node: 8, values: [value('p', 'watts', { scale: 2 })] }], layouts);
    await rig.clock.advance(10);
    await rig.say('OK 8 232 3 (-40)\n');
    expect(rig.values('a')).toEqual([{ p: 1000 }]);
    await rig.end();
  });
});

describe('lines without a node', () => {
  it.each([
    ['MSG:1,Vrms:246.81,P1:79,E1:1500,T1:20.5,pulse:1', { p: 79, v: 246.81, e_imp: 1.5 }],
    ['ct1:84,ct2:0,ct3:0,ct4:0,vrms:10627,pulse:0', { p: 84, v: 106.27 }],
    ['{"MSG":1,"V1":231.2,"P1":-79,"E1":2000}', { p: -79, v: 231.2, e_imp: 2 }],
  ])('such as %s are told apart by themselves', async (line, values) => {
    const rig = rigOf([{ id: 'tx', values: usual }]);
    await rig.clock.advance(10);
    await rig.say(`\r\n${line}\r\n`);
    expect(rig.values('tx')).toEqual([values]);
    await rig.end();
  });

  it('of which the begin was not heard give nothing', async () => {
    const rig = rigOf([
      { id: 'tx', values: usual },
      { id: 'node', node: 5, values: [value('p', '1')] },
    ]);
    await rig.clock.advance(10);
    await rig.say('P1:79,E1:5\r\n5 2420\r\n');
    expect(rig.values('tx')).toEqual([]);
    expect(rig.values('node')).toEqual([{ p: 2420 }]);
    expect(rig.source.statistics()).toMatchObject({ messages: { without_begin: 1, numbers: 1 } });
    await rig.end();
  });

  it('cut by a pause give nothing, even when the two halves would make a line', async () => {
    const rig = rigOf([{ id: 'tx', values: usual }]);
    await rig.clock.advance(10);
    await rig.say('\nP1:1', 5000);
    await rig.say('00,E1:5\nP1:7\n');
    expect(rig.values('tx')).toEqual([{ p: 7 }]);
    await rig.end();
  });
});

describe('a counter of the unit', () => {
  it('is announced when the unit sends it, once, and may begin again', async () => {
    const rig = rigOf([{ id: 'tx', values: usual }]);
    expect(rig.source.devices[0]?.quantities.map(({ code }) => code)).toEqual(['p', 'v']);
    await rig.clock.advance(10);
    await rig.say('\nP1:1,E1:5\nP1:2,E1:6\n');
    const told = rig.events.flatMap((event) => (event.type === 'device' ? [event.device] : []));
    expect(told.length).toBe(1);
    expect(told[0]?.quantities.at(-1)).toMatchObject({
      code: 'e_imp',
      resets: 'at-boot',
      intervalMs: 10_000,
    });
    expect(rig.values('tx')).toEqual([
      { p: 1, e_imp: 0.005 },
      { p: 2, e_imp: 0.006 },
    ]);
    await rig.end();
  });

  it('below zero is no reading', async () => {
    const rig = rigOf([{ id: 'tx', values: usual }]);
    await rig.clock.advance(10);
    await rig.say('\nP1:-5,E1:-100\n');
    expect(rig.values('tx')).toEqual([{ p: -5 }]);
    await rig.end();
  });
});

it('100,000 damaged lines of every form give finite numbers only, and no exception', () => {
  const chance = createChance(99);
  const devices = emonTx([
    { id: 'tx', values: usual },
    { id: 'packet', node: 8, values: [value('p', 'power1'), value('v', 'vrms'), value('temp', 'temp1')] },
    { id: 'numbers', node: 10, values: [value('p', '1')] },
  ]);
  let readings = 0;
  const decoder = createEmonDecoder(devices, {
    readings: (_, taken) => {
      for (const { code, value: taking } of taken) {
        readings++;
        expect(Number.isFinite(taking)).toBe(true);
        if (code === 'temp') expect(taking).toBeLessThan(300);
        if (code === 'e_imp') expect(taking).toBeGreaterThanOrEqual(0);
      }
    },
    quantities: () => {},
  });
  const lines = [
    `${PACKET}\r\n`,
    'MSG:1,Vrms:246.81,P1:79,E1:1500\r\n',
    '10 100 200\n',
    '{"V1":231.2,"P1":79,"E1":2000}\n',
  ];
  for (let run = 0; run < 100_000; run++)
    decoder.take(mutateBytes(Buffer.from(lines[run % lines.length] ?? ''), chance));
  expect(readings).toBeGreaterThan(10_000);
  expect(decoder.understood).toBeLessThan(100_000);
}, 120_000);
