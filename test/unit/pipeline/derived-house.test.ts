import { describe, expect, it } from 'vitest';
import { createDerivedStage } from '../../../src/pipeline/derived.ts';
import { deviceOf, ruleOf } from './derived-rig.ts';
import { type PlugKind, plugSamples, readHouse } from './simulated-plugs.ts';

const HOUR_S = 3600;
const DAY = Date.UTC(2026, 10, 21);
const INTERVALS: Readonly<Record<PlugKind, number>> = {
  pzem: 5000,
  plugwise: 10_000,
  shelly: 10_000,
  tasmota: 10_000,
  zigbee: 10_000,
};

/** Mains less plugs over some hours of the simulated house: how many readings, and the worst of them. */
function unmetered(
  plugs: Readonly<Record<string, PlugKind>>,
  [from, to]: readonly [number, number],
  seed: number,
) {
  const ids = Object.keys(plugs);
  const power = readHouse(seed, ['mains', ...ids], DAY + from * HOUR_S * 1000, (to - from) * HOUR_S);
  const tolerance = { percent: 1, absoluteW: 5 };
  const stage = createDerivedStage({
    rules: [ruleOf('rest', ['mains', ...ids], -1, tolerance)],
    devices: [deviceOf('mains', 5000), ...ids.map((id) => deviceOf(id, INTERVALS[plugs[id] ?? 'pzem']))],
  });
  let moments = 0;
  let worst = 0;
  const times: number[] = [];
  for (const { deviceId, takenAt, p } of plugSamples(power, plugs, seed)) {
    if (deviceId === 'mains') moments += 1;
    const sample = { deviceId, takenAt, readings: [{ code: 'p', value: p } as const] };
    for (const event of stage.accept({ type: 'sample', sample })) {
      if (event.type !== 'sample') continue;
      const at = event.sample.takenAt;
      const metered = ids.reduce((sum, id) => sum + power.of(id, at), 0);
      const mains = power.of('mains', at);
      const error = Math.abs((event.sample.readings[0]?.value ?? Number.NaN) - (mains - metered));
      worst = Math.max(worst, error / Math.max(tolerance.absoluteW, 0.01 * Math.abs(mains)));
      times.push(at);
    }
  }
  return { share: times.length / moments, worst, times };
}

describe('derived stage in the simulated house', () => {
  it.each([
    [
      'all plugs, morning',
      [6, 9],
      {
        solar: 'pzem',
        kettle: 'pzem',
        fridge: 'plugwise',
        dishwasher: 'plugwise',
        washing_machine: 'shelly',
        oven: 'tasmota',
        electronics: 'zigbee',
        lights: 'zigbee',
      },
    ],
    [
      'all plugs otherwise, evening',
      [16, 19],
      {
        solar: 'pzem',
        kettle: 'shelly',
        fridge: 'tasmota',
        dishwasher: 'zigbee',
        washing_machine: 'plugwise',
        oven: 'pzem',
        electronics: 'shelly',
        lights: 'tasmota',
      },
    ],
    [
      'some loads without a plug',
      [9, 12],
      { solar: 'pzem', fridge: 'zigbee', washing_machine: 'tasmota', dishwasher: 'plugwise', oven: 'shelly' },
    ],
  ] as const)('is within its tolerance at every moment that it tells: %s', (_what, hours, plugs) => {
    const { share, worst, times } = unmetered(plugs, hours, 1);
    expect(worst).toBeLessThanOrEqual(1);
    expect(share).toBeGreaterThan(0.45);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('takes a thousand plugs each second in its stride', () => {
    const ids = Array.from({ length: 1000 }, (_, n) => `plug_${n}`);
    const stage = createDerivedStage({
      rules: [ruleOf('rest', ['mains', ...ids], -1, { percent: 1, absoluteW: 2000 })],
      devices: [deviceOf('mains', 1000), ...ids.map((id) => deviceOf(id, 1000))],
    });
    const feed = (deviceId: string, takenAt: number, value: number) =>
      stage.accept({ type: 'sample', sample: { deviceId, takenAt, readings: [{ code: 'p', value }] } });
    let told = 0;
    const begun = performance.now();
    for (let second = 0; second < 120; second++) {
      feed('mains', second * 1000, 20_000);
      for (const [n, id] of ids.entries()) told += feed(id, second * 1000 + n / 2, 10).length;
    }
    // Two minutes of a house of a thousand plugs; a way that is quadratic in them would need many minutes.
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(told).toBeGreaterThan(100);
  });
});
