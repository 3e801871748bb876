import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../../src/domain/device.ts';
import { PHASES, QUANTITIES, type QuantityCode, quantityFacts } from '../../../../src/domain/quantity.ts';
import {
  formatMeta,
  formatNotice,
  formatNumber,
  formatReadings,
  formatState,
  formatTime,
} from '../../../../src/sinks/mqtt/payload.ts';

describe('formatNumber', () => {
  it.each([
    [1234.5, 2, '1234.5'],
    [-87.2, 2, '-87.2'],
    [0, 2, '0'],
    [-0, 2, '0'],
    [-0.001, 2, '0'],
    [0.004, 2, '0'],
    [100, 2, '100'],
    [100, 0, '100'],
    [231.399999999, 2, '231.4'],
    [18342.1175, 4, '18342.1175'],
    [1e-7, 4, '0'],
    [1e-7, 0, '0'],
    [123456789012, 2, '123456789012'],
    [1e21, 2, '1000000000000000000000'],
    [-1.5e22, 0, '-15000000000000000000000'],
    [10, 3, '10'],
  ])('prints %d with at most %d decimals as %s', (value, decimals, text) => {
    expect(formatNumber(value, decimals)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'prints nothing for %d',
    (value) => {
      expect(formatNumber(value, 2)).toBeUndefined();
    },
  );

  it('reads back within the rounding and never holds an exponent, for every number and quantity', () => {
    const codes = Object.keys(QUANTITIES) as QuantityCode[];
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(...codes),
        (value, code) => {
          const { decimals } = quantityFacts(code);
          const text = formatNumber(value, decimals) ?? 'nothing';
          expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
          expect(text).not.toBe('-0');
          expect((text.split('.')[1] ?? '').length).toBeLessThanOrEqual(decimals);
          const tolerance = 0.5 * 10 ** -decimals + Math.abs(value) * 1e-15;
          expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(tolerance);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('formatState', () => {
  it('holds time, number and every value with the text of its topic', () => {
    const texts = formatReadings([
      { code: 'p', value: 1234.5 },
      { code: 'q', value: -87.204 },
      { code: 'v', phase: 'l1', value: 231.4 },
    ]);
    const ts = formatTime(Date.UTC(2026, 10, 22, 6, 15, 5, 4)) ?? '';
    expect(formatState(ts, 8123, texts)).toBe(
      '{"ts":"2026-11-22T06:15:05.004Z","seq":8123,"p":1234.5,"q":-87.2,"v_l1":231.4}',
    );
  });

  it('is JSON with the numbers of the topics, for any readings', () => {
    const reading = fc.record({
      code: fc.constantFrom(...(Object.keys(QUANTITIES) as QuantityCode[])),
      phase: fc.option(fc.constantFrom(...PHASES), { nil: undefined }),
      value: fc.oneof(fc.double(), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), fc.nat(), (readings, seq) => {
        const texts = formatReadings(readings);
        const document = JSON.parse(formatState('2026-11-22T06:15:05.004Z', seq, texts));
        expect(document.seq).toBe(seq);
        expect(Object.keys(document)).toHaveLength(texts.size + 2);
        for (const [key, text] of texts) expect(document[key]).toBe(Number(text));
      }),
    );
  });

  it('leaves out a value that is no number and keeps the others', () => {
    const texts = formatReadings([
      { code: 'p', value: Number.NaN },
      { code: 'v', value: 230 },
    ]);
    expect([...texts]).toEqual([['v', '230']]);
  });

  it('gives no time for a clock that no calendar holds', () => {
    expect(formatTime(Number.NaN)).toBeUndefined();
    expect(formatTime(1e300)).toBeUndefined();
  });
});

describe('formatMeta', () => {
  const device: Device = {
    id: 'mains',
    name: 'Hauptzähler "Keller"',
    model: 'SDM630',
    intervalMs: 1000,
    lines: 3,
    rating: {},
    quantities: [
      { code: 'p', intervalMs: 1000 },
      { code: 'v', phase: 'l1', intervalMs: 1000 },
      { code: 'e_imp', intervalMs: 60_000, doubt: 'resettable in some editions' },
    ],
  };

  it('tells unit, class, kind, decimals and interval of every key', () => {
    expect(JSON.parse(formatMeta(device))).toEqual({
      name: 'Hauptzähler "Keller"',
      model: 'SDM630',
      lines: 3,
      interval: 1,
      fresh: 3,
      sign: 'import positive, export negative',
      quantities: {
        p: { name: 'active power', unit: 'W', class: 'power', kind: 'gauge', decimals: 2, interval: 1 },
        v_l1: { name: 'voltage l1', unit: 'V', class: 'voltage', kind: 'gauge', decimals: 2, interval: 1 },
        e_imp: {
          name: 'active energy imported',
          unit: 'kWh',
          class: 'energy',
          kind: 'counter',
          decimals: quantityFacts('e_imp').decimals,
          interval: 60,
          doubt: 'resettable in some editions',
        },
      },
    });
  });

  it('says what is not measured by the device itself, and which counters begin again', () => {
    const document = JSON.parse(
      formatMeta({
        ...device,
        identity: 'mac:001122334455',
        freshMs: 90_000,
        quantities: [
          { code: 'p', intervalMs: 1000, origin: 'derived' },
          { code: 'e_imp', intervalMs: 1000, origin: 'integrated', resets: 'daily' },
        ],
      }),
    );
    expect(document.fresh).toBe(90);
    expect(document.quantities.p.origin).toBe('derived');
    expect(document.quantities.e_imp).toMatchObject({ origin: 'integrated', resets: 'daily' });
    expect(JSON.stringify(document)).not.toContain('001122334455');
  });

  it('describes aggregates beside the quantities that they are made of', () => {
    const of = { code: 'v', phase: 'l1', intervalMs: 1000 } as const;
    const aggregates = [{ key: 'v_l1_mean', of, statistic: 'mean', intervalMs: 900_000 }];
    expect(JSON.parse(formatMeta(device, aggregates)).aggregates).toEqual({
      v_l1_mean: {
        name: 'voltage l1, mean',
        of: 'v_l1',
        statistic: 'mean',
        unit: 'V',
        class: 'voltage',
        decimals: 2,
        interval: 900,
      },
    });
  });

  it('writes an event as one line', () => {
    const text = formatNotice({
      type: 'notice',
      level: 'warn',
      code: 'unit-silent',
      message: 'unit 3 is silent:\ncheck the wiring',
      at: Date.UTC(2026, 10, 22),
      deviceId: 'fridge',
    });
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({
      ts: '2026-11-22T00:00:00.000Z',
      level: 'warn',
      code: 'unit-silent',
      message: 'unit 3 is silent:\ncheck the wiring',
      device: 'fridge',
    });
  });
});
