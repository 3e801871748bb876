import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLearnedLatency } from '../../../../src/protocols/modbus/latency.ts';
import { networkTiming, serialTiming } from '../../../../src/protocols/modbus/line-timing.ts';

describe('learned latency', () => {
  it('allows what the profile says until there are some answers', () => {
    const latency = createLearnedLatency(500);
    for (let i = 0; i < 7; i++) latency.observe(10);
    expect([latency.budgetMs, latency.typicalMs]).toEqual([500, undefined]);
  });

  it('allows a quick meter less, but never so little that a stall looks like silence', () => {
    const latency = createLearnedLatency(500);
    for (let i = 0; i < 100; i++) latency.observe(5);
    expect([latency.budgetMs, latency.typicalMs, latency.longestMs]).toEqual([120, 5, 5]);
  });

  it('allows three times the longest of the last answers', () => {
    const latency = createLearnedLatency(500);
    for (let i = 0; i < 20; i++) latency.observe(100);
    expect(latency.budgetMs).toBe(360);
    latency.observe(300);
    expect(latency.budgetMs).toBe(960);
    for (let i = 0; i < 64; i++) latency.observe(100);
    expect(latency.budgetMs).toBe(360);
  });

  it('learns from the first late answer of a meter that is slower than its profile says', () => {
    const latency = createLearnedLatency(200);
    latency.observe(700);
    expect(latency.budgetMs).toBeGreaterThan(700);
  });

  it('forgets a slow answer after 64 quicker ones', () => {
    const latency = createLearnedLatency(200);
    latency.observe(900);
    for (let i = 0; i < 63; i++) latency.observe(20);
    expect(latency.budgetMs).toBe(2760);
    latency.observe(20);
    expect(latency.budgetMs).toBe(120);
  });

  it('stays between its bounds whatever it sees', () => {
    const answers = fc.array(fc.double({ min: -100, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(answers, fc.integer({ min: 1, max: 3000 }), (seen, initialMs) => {
        const latency = createLearnedLatency(initialMs);
        for (const latencyMs of seen) {
          latency.observe(latencyMs);
          expect(latency.budgetMs).toBeGreaterThanOrEqual(Math.min(initialMs, 120));
          expect(latency.budgetMs).toBeLessThanOrEqual(3000);
        }
      }),
    );
  });
});

describe('line timing', () => {
  it.each([
    [9600, 'none', 1, 10 / 9.6, 3.5 * (10 / 9.6)],
    [9600, 'even', 1, 11 / 9.6, 3.5 * (11 / 9.6)],
    [19200, 'none', 2, 11 / 19.2, 3.5 * (11 / 19.2)],
    [2400, 'none', 1, 10 / 2.4, 3.5 * (10 / 2.4)],
    [38400, 'none', 1, 10 / 38.4, 1.75],
    [115200, 'odd', 1, 11 / 115.2, 1.75],
  ] as const)('of %s baud, parity %s, %s stop bits', (baud, parity, stopBits, characterMs, silentMs) => {
    const timing = serialTiming({ baud, dataBits: 8, parity, stopBits }, 20);
    expect(timing.characterMs).toBeCloseTo(characterMs, 6);
    expect(timing.silentIntervalMs).toBeCloseTo(silentMs, 6);
    expect(timing.adapterLatencyMs).toBe(20);
  });

  it('of a network counts no bytes and no silence', () => {
    expect(networkTiming(60)).toMatchObject({ characterMs: 0, silentIntervalMs: 0, adapterLatencyMs: 60 });
  });
});
