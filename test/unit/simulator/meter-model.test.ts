import { describe, expect, it } from 'vitest';
import type { ScaleRegister } from '../../../src/meters/profile.ts';
import type { HouseQuantities } from '../../../src/simulator/measure.ts';
import { createMeterModel } from '../../../src/simulator/meter-model.ts';
import { profileOf, row } from './example-profile.ts';

const quantities: HouseQuantities = {
  takenAt: 0,
  value: (code, phase) =>
    phase === 'l3' ? undefined : { v: 230.2, p: 1500, q: -200, i: 6.6, pf: 0.99 }[code as string],
};
const measure = () => quantities;
const rows = [
  row({ code: 'v', address: 10 }),
  row({ code: 'p', address: 12 }),
  row({ code: 'i', address: 20 }),
];

describe('reading a simulated meter', () => {
  it('gives the words of all rows in the read', () => {
    const meter = createMeterModel(profileOf(rows), measure);
    expect(meter.read('holding', 10, 4)).toEqual([0x4366, 0x3333, 0x44bb, 0x8000]);
    expect(meter.read('holding', 11, 2)).toEqual([0x3333, 0x44bb]);
  });

  it('takes all values of a read at one instant', () => {
    let measured = 0;
    const meter = createMeterModel(profileOf(rows), () => {
      measured++;
      return quantities;
    });
    meter.read('holding', 10, 4);
    expect(measured).toBe(1);
  });

  it('refuses with exception 3 what is longer than the meter allows', () => {
    const meter = createMeterModel(profileOf(rows, { maxRegisters: 3 }), measure);
    expect(meter.read('holding', 10, 4)).toBe(3);
  });

  it('refuses with exception 2 addresses that no row describes', () => {
    const meter = createMeterModel(profileOf(rows), measure);
    expect(meter.read('holding', 14, 1)).toBe(2);
    expect(meter.read('holding', 12, 10)).toBe(2);
    expect(meter.read('input', 10, 2)).toBe(2);
  });

  it('reads zeros between rows where the meter can be bridged, as far as it can', () => {
    const bridged = createMeterModel(profileOf(rows, { canBridge: true, maxGap: 6 }), measure);
    expect(bridged.read('holding', 12, 10)).toHaveLength(10);
    expect((bridged.read('holding', 12, 10) as number[]).slice(2, 8)).toEqual([0, 0, 0, 0, 0, 0]);
    const narrow = createMeterModel(profileOf(rows, { canBridge: true, maxGap: 5 }), measure);
    expect(narrow.read('holding', 12, 10)).toBe(2);
    expect(bridged.read('holding', 100, 4)).toBe(2);
  });

  it('refuses odd addresses and counts where the meter wants even ones', () => {
    const meter = createMeterModel(profileOf(rows, { step: 2 }), measure);
    expect(meter.read('holding', 11, 2)).toBe(2);
    expect(meter.read('holding', 10, 3)).toBe(2);
    expect(meter.read('holding', 10, 2)).toHaveLength(2);
  });

  it('refuses reads over the edge of a block and into forbidden addresses', () => {
    const range = (first: number, last: number) => ({ table: 'holding' as const, first, last });
    const blocks = createMeterModel(profileOf(rows, { blocks: [range(10, 11), range(12, 30)] }), measure);
    expect(blocks.read('holding', 10, 2)).toHaveLength(2);
    expect(blocks.read('holding', 10, 4)).toBe(2);
    const forbidden = createMeterModel(profileOf(rows, { forbidden: [range(13, 13)] }), measure);
    expect(forbidden.read('holding', 12, 2)).toBe(2);
  });

  it('answers in both tables where they are alike', () => {
    const meter = createMeterModel(profileOf(rows, { tablesAlike: true }), measure);
    expect(meter.read('input', 10, 2)).toEqual(meter.read('holding', 10, 2));
  });

  it('writes "not available" for what it does not measure', () => {
    const missing = row({ code: 'v', phase: 'l3', address: 0, invalid: [[0x7fc0, 0]] });
    expect(createMeterModel(profileOf([missing]), measure).read('holding', 0, 2)).toEqual([0x7fc0, 0]);
  });
});

describe('what a simulated meter says about itself', () => {
  it('shows its model code when that register is read alone, and the value inside a longer read', () => {
    const identify = {
      by: 'register',
      table: 'holding',
      address: 11,
      type: 'uint16',
      wordOrder: 'big',
      equals: [57],
    } as const;
    const meter = createMeterModel(profileOf(rows, {}, { identify: [identify] }), measure);
    expect(meter.read('holding', 11, 1)).toEqual([57]);
    expect(meter.read('holding', 10, 2)).toEqual([0x4366, 0x3333]);
  });

  it('calls itself what its profile looks for', () => {
    const meter = createMeterModel(
      profileOf(
        rows,
        {},
        {
          model: 'iEM3155',
          identify: [
            { by: 'text', table: 'holding', address: 49, count: 5, matches: '^iEM3[123]5[05]' },
            { by: 'server-id', matches: 'H8036' },
            { by: 'device-identification', matches: 'iEM3' },
          ],
        },
      ),
      measure,
    );
    expect(
      Buffer.from(Uint16Array.from(meter.read('holding', 49, 5) as number[]).buffer)
        .swap16()
        .toString('latin1'),
    ).toBe('iEM3155\0\0\0');
    expect(meter.serverId).toBe('H8036');
    expect(meter.identification).toEqual(['Example', 'iEM3155', '1.0']);
  });

  it('chooses the finest scale at which a house still fits, and tells it in the scale register', () => {
    const scale = (facts: Partial<ScaleRegister>): ScaleRegister => ({
      name: 'power',
      table: 'holding',
      address: 90,
      type: 'int16',
      wordOrder: 'big',
      meaning: 'exponent',
      ...facts,
    });
    const power = row({ code: 'p', address: 12, type: 'int16', unit: 'kW', scale: { register: 'power' } });
    const exponent = createMeterModel(
      profileOf([power], {}, { scales: [scale({ min: -3, max: 3 })] }),
      measure,
    );
    expect(exponent.read('holding', 90, 1)).toEqual([0x10000 - 3]);
    expect(exponent.read('holding', 12, 1)).toEqual([1500]);
    const meaning = new Map([
      [0, 1000],
      [5, 0.01],
      [7, 0.0001],
    ]);
    const listed = createMeterModel(profileOf([power], {}, { scales: [scale({ meaning })] }), measure);
    expect(listed.read('holding', 90, 1)).toEqual([5]);
    expect(listed.read('holding', 12, 1)).toEqual([150]);
    const factor = createMeterModel(
      profileOf([power], {}, { scales: [scale({ meaning: 'factor' })] }),
      measure,
    );
    expect(factor.read('holding', 90, 1)).toEqual([1]);
    expect(factor.read('holding', 12, 1)).toEqual([2]);
  });
});
