import { describe, expect, it } from 'vitest';
import type { Device, DeviceRating } from '../../../src/domain/device.ts';
import type { Phase, QuantityCode } from '../../../src/domain/quantity.ts';
import type { Sample } from '../../../src/domain/reading.ts';
import { createPlausibilityFilter } from '../../../src/pipeline/plausibility.ts';

function meter(rating: DeviceRating = {}, lines: 1 | 3 = 1): Device {
  return { id: 'mains', name: 'Main meter', intervalMs: 1000, lines, rating, quantities: [] };
}

function sampleOf(...readings: readonly (readonly [QuantityCode, number, Phase?])[]): Sample {
  return {
    deviceId: 'mains',
    takenAt: 0,
    readings: readings.map(([code, value, phase]) =>
      phase === undefined ? { code, value } : { code, value, phase },
    ),
  };
}

type Case = readonly [QuantityCode, Phase | undefined, number, boolean];

const judgeOne = (device: Device, [code, phase, value]: Case) =>
  createPlausibilityFilter(device)(sampleOf([code, value, phase])).rejected.length === 0;

describe('plausibility of gauges', () => {
  it.each<Case>([
    ['v', undefined, 0, true], // an outage
    ['v', 'l1', -0.1, true], // noise of a meter at rest
    ['v', 'l1', 230, true],
    ['v', 'l1', 298, true],
    ['v', 'l1', 300, false],
    ['v', 'l1', 2302, false],
    ['v', 'l1', -230, false],
    ['v', 'l1l2', 400, true],
    ['v', 'l1l2', 4000, false],
    ['f', undefined, 0, true],
    ['f', undefined, 50.02, true],
    ['f', undefined, 5002, false],
    ['i', 'l1', 40, true],
    ['i', 'l1', -40, true],
    ['i', 'l1', 199, true], // a motor starts
    ['i', 'l1', 201, false],
    ['i', 'n', 40, true],
    ['i', 'sum', 500, true],
    ['i', 'sum', 700, false],
    ['p', 'l1', 9200, true],
    ['p', 'l1', -9200, true],
    ['p', 'l1', 60_000, false],
    ['p', undefined, 60_000, true], // three lines
    ['p', undefined, 200_000, false],
    ['q', undefined, -200_000, false],
    ['s', undefined, 3.4e38, false],
    ['pf', undefined, 1, true],
    ['pf', 'l1', -1.01, true],
    ['pf', undefined, 1.5, false],
    ['phi', undefined, -359, true],
    ['phi', undefined, 3600, false],
    ['i_thd', 'l1', 180, true],
    ['v_thd', 'l1', 65_535, false],
    ['rotation', undefined, -1, true],
    ['p', undefined, Number.NaN, false],
    ['v', undefined, Number.POSITIVE_INFINITY, false],
  ])('three lines of 230 V behind 40 A: %s %s = %d is kept: %s', (...row) => {
    expect(judgeOne(meter({ fuseA: 40, nominalV: 230 }, 3), row)).toBe(row[3]);
  });

  it.each<Case>([
    ['v', undefined, 0, true],
    ['v', undefined, 480, true],
    ['v', undefined, 23_020, false],
    ['p', undefined, 90_000, true],
    ['p', undefined, 1e9, false],
    ['i', undefined, 100, true],
    ['i', undefined, 1e6, false],
  ])('without a rating: %s %s = %d is kept: %s', (...row) => {
    expect(judgeOne(meter(), row)).toBe(row[3]);
  });

  it.each<readonly [DeviceRating, number, boolean]>([
    [{ fuseA: 16, nominalV: 230, maxW: 4000 }, 3999, true],
    [{ fuseA: 16, nominalV: 230, maxW: 4000 }, -4000, true],
    [{ fuseA: 16, nominalV: 230, maxW: 4000 }, 4001, false], // no inrush beyond a plug's own limit
    [{ maxW: 4000 }, -4001, false],
    [{ fuseA: 1, nominalV: 230, maxW: 4000 }, 1600, false], // the fuse is the tighter of both
  ])('with a rating of %j: %d W is kept: %s', (rating, value, isKept) => {
    for (const code of ['p', 'q', 's'] as const)
      expect(judgeOne(meter(rating), [code, undefined, value, isKept])).toBe(isKept);
  });

  it('drops only what is impossible and says why', () => {
    const judge = createPlausibilityFilter(meter({ nominalV: 230 }));
    const { sample, rejected } = judge(sampleOf(['v', 2302], ['p', 100], ['f', 50]));
    expect(sample.readings.map(({ code }) => code)).toEqual(['p', 'f']);
    expect(rejected).toEqual([{ key: 'v', value: 2302, reason: 'outside -1 to 299' }]);
  });

  it('passes a good sample on as it is', () => {
    const good = sampleOf(['v', 230], ['p', 100]);
    expect(createPlausibilityFilter(meter())(good).sample).toBe(good);
  });

  it('does not compare active with apparent power: a load may switch between the two reads', () => {
    const { rejected } = createPlausibilityFilter(meter())(sampleOf(['p', 2200], ['s', 300]));
    expect(rejected).toEqual([]);
  });
});
