import { describe, expect, it } from 'vitest';
import { deviceOf, withMeterDefaults } from '../../../src/commands/read/read-device.ts';
import type { MeterAnswer, RowResult } from '../../../src/commands/read/read-meter.ts';
import { readDocument, readPage } from '../../../src/commands/read/read-page.ts';
import { exitCodeOf, failureLines } from '../../../src/commands/read/run-read.ts';
import { parseConnection } from '../../../src/config/connection.ts';
import type { Connection } from '../../../src/config/types.ts';
import { ModbusExceptionError } from '../../../src/protocols/modbus/errors.ts';
import { rowsOf } from '../../../src/sources/modbus-meter/meter-rows.ts';
import { TransportError } from '../../../src/transports/byte-stream.ts';
import { device, profile, row } from './example-meter.ts';

const METER = profile({
  serial: { baud: 2400, parity: 'even', stopBits: 1, unitId: 7 },
  registers: [
    row({ code: 'v', phase: 'l1', address: 0, doubt: 'perhaps the scale is 1' }),
    row({ code: 'p', address: 1 }),
    row({ code: 'f', address: 2, optional: true }),
    row({ code: 'e_imp', address: 3, enabled: false }),
  ],
});
const PLACE = { profile: METER, connection: 'tcp://h:502', unitId: 7 };
const [V, P, F] = rowsOf(device({}), METER).rows;
if (V === undefined || P === undefined || F === undefined)
  throw new Error('the meter of this test has three rows');

function answer(rows: readonly RowResult[], given: Partial<MeterAnswer> = {}): MeterAnswer {
  return {
    rows,
    takenAt: Date.UTC(2026, 0, 1),
    requests: 1,
    tookMs: 72,
    failure: undefined,
    refusal: undefined,
    ...given,
  };
}

const GOOD: RowResult = { row: V, state: 'value', value: 230.1, words: [2301] };
const ABSENT: RowResult = { row: P, state: 'absent', words: [0x8000] };

describe('the table of a reading', () => {
  it('has a row each, marks doubts and explains them below', () => {
    const lines = readPage(PLACE, answer([GOOD, ABSENT]), true);
    expect(lines[0]).toBe('Nobody M1, unit 7, tcp://h:502, 2026-01-01T00:00:00.000Z');
    expect(lines.find((line) => line.startsWith('v_l1'))).toMatch(
      /^v_l1 +230\.1 +V +voltage l1 +input 0x0000 +08FD +\?$/,
    );
    expect(lines.find((line) => line.startsWith('p '))).toMatch(/^p +- +W .* 8000 +not available$/);
    expect(lines.at(-1)).toBe('? v_l1: perhaps the scale is 1');
  });

  it('says the same to programs, without a value where there is none', () => {
    const document = JSON.parse(JSON.stringify(readDocument(PLACE, answer([GOOD, ABSENT]))));
    expect(document.values[0]).toMatchObject({ key: 'v_l1', value: 230.1, words: [2301], state: 'value' });
    expect(document.values[1]).not.toHaveProperty('value');
  });
});

describe('the exit code of a reading', () => {
  const silent = new TransportError('timeout', 'unit 7: no answer');
  const refusal = new ModbusExceptionError(2, 'unit 7');
  it.each([
    ['0 when everything was read', answer([GOOD, ABSENT]), 0],
    ['0 when an optional row was refused', answer([GOOD, { row: F, state: 'refused' }], { refusal }), 0],
    ['65 when a row was refused', answer([GOOD, { row: P, state: 'refused' }], { refusal }), 65],
    ['65 when all rows were refused', answer([{ row: F, state: 'refused' }], { refusal }), 65],
    ['69 when nothing answered', answer([{ row: P, state: 'failed' }], { failure: silent }), 69],
  ])('is %s', (_, result, code) => {
    expect(exitCodeOf(result)).toBe(code);
  });

  it('goes with a sentence that says what to do', () => {
    const [line] = failureLines(PLACE, answer([{ row: P, state: 'failed' }], { failure: silent }));
    expect(line).toMatch(
      /^Unit 7 on tcp:\/\/h:502: nothing could be read\. Unit 7: no answer; check unit number/,
    );
    const [refused] = failureLines(PLACE, answer([GOOD, { row: P, state: 'refused' }], { refusal }));
    expect(refused).toContain('Refused: p (unit 7: exception 2 (illegal data address))');
  });
});

describe('a meter of the command line', () => {
  const of = (url: string) => {
    const connection = withMeterDefaults(url, parseConnection(url) as Connection, METER);
    return connection.line;
  };

  it('has the factory settings of the model where the URL says nothing', () => {
    expect(of('rtu:/dev/x')).toMatchObject({ baud: 2400, parity: 'even' });
    expect(of('rtu:/dev/x?baud=9600')).toMatchObject({ baud: 9600, parity: 'even' });
    expect(of('tcp://h')).toBeUndefined();
  });

  it('reads a row that is switched off when it is asked for by name', () => {
    const wishes = { unitId: 1, wordOrder: undefined, latencyMs: undefined };
    const { rows } = rowsOf(deviceOf(METER, { ...wishes, only: ['e_imp'] }), METER);
    expect(rows.map(({ plan }) => plan.key)).toEqual(['e_imp']);
    expect(() => deviceOf(METER, { ...wishes, only: ['e_imq'] })).toThrow(/did you mean e_imp\?/);
  });
});
