import { describe, expect, it } from 'vitest';
import { createFaultChooser, type FaultRule } from '../../../src/simulator/faults.ts';
import { createChance } from '../../../src/simulator/noise.ts';
import { parseFaults } from '../../../src/simulator/parse-faults.ts';

function hits(rules: readonly FaultRule[], units: readonly number[], seed = 1) {
  const choose = createFaultChooser(rules, createChance(seed, 1).next);
  return units.map((unit) => choose(unit)?.fault);
}
const requests = (count: number, unit = 1) => new Array<number>(count).fill(unit);

describe('choosing faults', () => {
  it('hits every n-th request', () => {
    const hit = hits([{ fault: 'crc', every: 3 }], requests(7));
    expect(hit).toEqual([undefined, undefined, 'crc', undefined, undefined, 'crc', undefined]);
  });

  it('hits all requests without a condition, and none without a rule', () => {
    expect(hits([{ fault: 'echo' }], requests(3))).toEqual(['echo', 'echo', 'echo']);
    expect(hits([], requests(2))).toEqual([undefined, undefined]);
  });

  it('counts and hits only the units of the rule', () => {
    const hit = hits([{ fault: 'crc', every: 2, units: [2] }], [1, 2, 1, 2, 2, 2]);
    expect(hit).toEqual([undefined, undefined, undefined, 'crc', undefined, 'crc']);
  });

  it('keeps to the first and last request, and to the count', () => {
    expect(hits([{ fault: 'crc', from: 2, until: 3 }], requests(4))).toEqual([
      undefined,
      'crc',
      'crc',
      undefined,
    ]);
    expect(hits([{ fault: 'crc', count: 1 }], requests(3))).toEqual(['crc', undefined, undefined]);
  });

  it('takes the first rule that applies', () => {
    const rules: readonly FaultRule[] = [{ fault: 'crc', every: 2 }, { fault: 'echo' }];
    expect(hits(rules, requests(4))).toEqual(['echo', 'crc', 'echo', 'crc']);
  });

  it('hits by chance as often as the rule says, and the same requests for the same seed', () => {
    const rule: FaultRule = { fault: 'crc', probability: 0.2 };
    const hit = hits([rule], requests(2000));
    const count = hit.filter((fault) => fault !== undefined).length;
    expect(count).toBeGreaterThan(320);
    expect(count).toBeLessThan(480);
    expect(hits([rule], requests(2000))).toEqual(hit);
    expect(hits([rule], requests(2000), 2)).not.toEqual(hit);
  });
});

describe('faults on the command line', () => {
  it('are read with value and conditions', () => {
    expect(parseFaults('late=600:every=40')).toEqual([{ fault: 'late', value: 600, every: 40 }]);
    expect(parseFaults('crc:probability=0.05:units=1+2, exception=2:from=10:until=20:count=3')).toEqual([
      { fault: 'crc', probability: 0.05, units: [1, 2] },
      { fault: 'exception', value: 2, from: 10, until: 20, count: 3 },
    ]);
    expect(parseFaults('')).toEqual([]);
  });

  it.each([
    ['lat=600', 'did you mean "late"?'],
    ['constructor', 'there is no fault "constructor"'],
    ['late=soon', 'found "soon"; allowed: a whole number from 0 to 60000'],
    ['exception=0', 'allowed: a whole number from 1 to 255'],
    ['line-noise=2', 'allowed: a number from 0 to 1'],
    ['crc=5', 'takes no value'],
    ['late:ever=3', 'unknown "ever"; known: every=..., probability=...'],
    ['late:every=0', 'allowed: a whole number of at least 1'],
    ['late:units=1+x', 'found "x"'],
    ['late:probability=1.5', 'from 0 to 1'],
    ['late:__proto__=1', 'unknown "__proto__"'],
  ])('%s is refused with a sentence that helps', (text, message) => {
    expect(() => parseFaults(text)).toThrow(message);
  });
});
