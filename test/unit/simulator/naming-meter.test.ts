import { describe, expect, it } from 'vitest';
import { createNamingMeter, nameOfValue } from '../../../src/simulator/naming-meter.ts';

function words(read: readonly number[] | number): readonly number[] {
  if (typeof read === 'number') throw new Error(`exception ${read}`);
  return read;
}
function float([high = 0, low = 0]: readonly number[]): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, high * 65_536 + low);
  return view.getFloat32(0);
}

describe('the naming meter', () => {
  it('names table, address and transaction in every float', () => {
    const meter = createNamingMeter();
    meter.read('input', 0, 2);
    const read = words(meter.read('holding', 342, 6));
    for (const n of [0, 1, 2]) {
      const name = nameOfValue(float(read.slice(2 * n)), 'float32');
      expect(name).toEqual({ table: 'holding', address: 342 + 2 * n, transaction: 2 });
    }
    expect(meter.transactions).toBe(2);
  });

  it('is exact up to the last address, in either word order and at odd addresses', () => {
    const little = createNamingMeter({ type: 'float32', wordOrder: 'little', firstAddress: 1 });
    const [low = 0, high = 0] = words(little.read('input', 65_533, 2));
    expect(nameOfValue(float([high, low]), 'float32')).toEqual({
      table: 'input',
      address: 65_533,
      transaction: 1,
    });
    const whole = createNamingMeter({ type: 'uint32' });
    const [first = 0, second = 0] = words(whole.read('holding', 65_534, 2));
    const name = nameOfValue(first * 65_536 + second, 'uint32');
    expect(name).toEqual({ table: 'holding', address: 65_534, transaction: 1 });
  });

  it('names single registers modulo 512', () => {
    const [value = 0] = words(createNamingMeter({ type: 'uint16' }).read('input', 515, 1));
    expect(nameOfValue(value, 'uint16')).toEqual({ table: 'input', address: 3, transaction: 1 });
  });

  it('has no name for a number that it never gives', () => {
    for (const value of [230.2, -1, 2 ** 24, Number.NaN])
      expect(nameOfValue(value, 'float32')).toBeUndefined();
  });
});
