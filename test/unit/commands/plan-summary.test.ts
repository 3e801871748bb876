import { describe, expect, it } from 'vitest';
import { messageLoad } from '../../../src/commands/plan/message-load.ts';
import { serialTiming } from '../../../src/protocols/modbus/line-timing.ts';
import { rtuFraming } from '../../../src/protocols/modbus/rtu.ts';
import { combinedIntervals } from '../../../src/sources/modbus-meter/interval-kinds.ts';
import { planBus } from '../../../src/sources/modbus-meter/plan-summary.ts';
import { device, profile, row } from './example-meter.ts';

// 9600 8N1: a character is 10 bits, 1.041667 ms; 3.5 of them are 3.645833 ms. A read of n registers:
// request 8 bytes, answer 5 + 2n, silence twice, 30 ms of latency and 0.5 ms of our own:
//   13 x 1.041667 + 2 x 3.645833 + 30.5 + 2n x 1.041667 = 51.333333 + 2.083333 n
const LINE = {
  framing: rtuFraming,
  timing: serialTiming({ baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 }, 20),
};
const SMALL = profile({ registers: [row({ code: 'v', address: 0 }), row({ code: 'p', address: 9 })] });

describe('the kinds of slots', () => {
  it('are one where all intervals are equal', () => {
    expect(combinedIntervals([5000, 5000])).toEqual([{ intervalMs: 5000, perSecond: 0.2 }]);
  });

  it('leave the slots of a longer interval out of the shorter one', () => {
    const [short, long] = combinedIntervals([5000, 60_000]);
    expect(short?.perSecond).toBeCloseTo(11 / 60, 12);
    expect(long).toEqual({ intervalMs: 60_000, perSecond: 1 / 60 });
  });

  it('hold what coincides as a kind of its own', () => {
    const kinds = combinedIntervals([10_000, 15_000]);
    expect(kinds.map((kind) => kind.intervalMs)).toEqual([10_000, 15_000, 30_000]);
    const rates = kinds.map((kind) => kind.perSecond);
    expect(rates[0]).toBeCloseTo(2 / 30, 12);
    expect(rates[1]).toBeCloseTo(1 / 30, 12);
    expect(rates[2]).toBeCloseTo(1 / 30, 12);
  });
});

describe('the plan of a bus', () => {
  it('reckons 72.17 ms for ten registers at 9600 baud, 7.2 per cent each second', () => {
    const plan = planBus('b', [{ config: device({}), profile: SMALL }], LINE);
    const [slot] = plan.devices[0]?.slots ?? [];
    expect(slot?.reads).toHaveLength(1);
    expect(slot?.reads[0]?.read).toMatchObject({ table: 'input', address: 0, count: 10 });
    expect(slot?.lineMs).toBeCloseTo(72.166667, 5);
    expect(plan.loadPercent).toBeCloseTo(7.2166667, 5);
    expect(plan.fullSlotMs).toBeCloseTo(72.166667, 5);
    expect(plan.problems).toEqual([]);
  });

  it('adds the silence that a meter wants, and another latency', () => {
    const plan = planBus('b', [{ config: device({ gapMs: 60 }), profile: SMALL }], LINE, 100);
    // 60 ms instead of one 3.645833, 100 ms instead of 30.
    expect(plan.fullSlotMs).toBeCloseTo(72.166667 - 3.645833 + 60 + 70, 5);
  });

  it('reads counters at their own interval, together with what is due then', () => {
    const meter = profile({
      registers: [row({ code: 'v', address: 0 }), row({ code: 'e_imp', address: 4, cadence: 'counter' })],
    });
    const config = device({ counterIntervalMs: 60_000 });
    const slots = planBus('b', [{ config, profile: meter }], LINE).devices[0]?.slots;
    expect(slots?.map((slot) => [slot.intervalMs, slot.keys, slot.reads[0]?.read.count])).toEqual([
      [1000, ['v'], 1],
      [60_000, ['v', 'e_imp'], 5],
    ]);
    // 59 reads of one register and one of five in a minute.
    const load = (59 * (51.333333 + 2.083333) + (51.333333 + 5 * 2.083333)) / 600;
    expect(planBus('b', [{ config, profile: meter }], LINE).loadPercent).toBeCloseTo(load, 4);
  });

  it('refuses intervals that the line cannot carry, with the arithmetic', () => {
    const devices = ['a', 'b'].map((id) => ({ config: device({ id, intervalMs: 100 }), profile: SMALL }));
    const { problems } = planBus('line', devices, LINE);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.level).toBe('impossible');
    expect(problems[0]?.text).toContain('a (72 ms every 0.1 s) 72 % + b (72 ms every 0.1 s) 72 % = 144 %');
  });

  it('warns of polls that are skipped when everything is due at once', () => {
    const devices = [
      { config: device({ id: 'fast', intervalMs: 100 }), profile: SMALL },
      { config: device({ id: 'slow', intervalMs: 10_000 }), profile: SMALL },
    ];
    const { problems } = planBus('line', devices, LINE);
    expect(problems.map((problem) => problem.level)).toEqual(['warning']);
    expect(problems[0]?.text).toContain('fast 72 ms + slow 72 ms = 144 ms');
    expect(problems[0]?.text).toContain('1 of them is skipped');
  });

  it('warns of an interval that is no multiple, saying which one comes of it', () => {
    const meter = profile({
      registers: [row({ code: 'v', address: 0 }), row({ code: 'e_imp', address: 4, cadence: 'counter' })],
    });
    const config = device({ intervalMs: 2000, counterIntervalMs: 5000 });
    const { problems, devices } = planBus('b', [{ config, profile: meter }], LINE);
    expect(problems[0]?.text).toContain('asked for every 5 s come every 10 s');
    expect(devices[0]?.slots.map((slot) => slot.intervalMs)).toEqual([2000, 10_000]);
  });

  it('names keys that the model does not have or has switched off, and a device without any row', () => {
    const meter = profile({
      registers: [row({ code: 'v', address: 0 }), row({ code: 'f', address: 1, enabled: false })],
    });
    const { problems } = planBus('b', [{ config: device({ only: ['f', 'q'] }), profile: meter }], LINE);
    expect(problems.map((problem) => problem.level)).toEqual(['warning', 'warning', 'impossible']);
    expect(problems[0]?.text).toContain('f is switched off');
    expect(problems[1]?.text).toContain('made-up has no q');
    expect(problems[2]?.text).toContain('nothing is left to read');
  });

  it('names a value that no read of the wanted length can hold', () => {
    const meter = profile({ registers: [row({ code: 'v', address: 0, type: 'float32' })] });
    const { problems } = planBus('b', [{ config: device({ maxRegisters: 1 }), profile: meter }], LINE);
    expect(problems).toEqual([
      { level: 'impossible', text: 'fridge: no read of at most 1 registers can hold v at 0' },
    ]);
  });
});

describe('the load of the broker', () => {
  it('counts each value and one state, in bytes of MQTT 5 packets', () => {
    const { devices } = planBus('b', [{ config: device({}), profile: SMALL }], LINE);
    const load = messageLoad('house', devices);
    expect(load.messagesPerSecond).toBeCloseTo(3, 9);
    // house/fridge/p and its value: 2 + (2 + 14) + 6 + 6 = 30 bytes, twice; the state document has 69
    // characters: 2 + (2 + 18) + 2 + 6 + 19 + 69 = 118. 178 bytes a second.
    expect(load.megabytesPerDay).toBeCloseTo((178 * 86_400) / 1e6, 6);
  });
});
