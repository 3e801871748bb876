/** What is odd about single models, each with the words as the meter sends them. */
import { describe, expect, it } from 'vitest';
import { readingKey } from '../../../src/domain/reading.ts';
import { decodeRegister, decodeScale } from '../../../src/meters/decode-register.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';

const profiles = await loadProfiles([shippedProfileDirectory()]);

function decode(id: string, key: string, words: readonly number[], scales: Record<string, number> = {}) {
  const row = profiles.get(id)?.registers.find((r) => readingKey(r) === key && r.enabled);
  if (row === undefined) throw new Error(`${id} has no ${key}`);
  return decodeRegister(row, words, new Map(Object.entries(scales)));
}
function factor(id: string, name: string, word: number) {
  const scale = profiles.get(id)?.scales.find((s) => s.name === name);
  if (scale === undefined) throw new Error(`${id} has no scale ${name}`);
  return decodeScale(scale, [word]);
}

describe('PM1200 and EM6400', () => {
  it.each(['schneider-pm1200', 'schneider-em6400'])('%s: floats come with the low word first', (id) => {
    expect(decode(id, 'v_l1', [0x3333, 0x4366])).toBeCloseTo(230.2, 3);
    expect(decode(id, 'e_imp', [0x0000, 0x4640])).toBe(12.288);
  });

  it('PM1200: reads stay inside the block of single parameters', () => {
    expect(profiles.get('schneider-pm1200')?.limits.blocks).toEqual([
      { table: 'holding', first: 3860, last: 3998 },
    ]);
  });
});

describe('ION6200', () => {
  it('takes back what the meter multiplied with, for each of the seven settings', () => {
    const factors = [0, 1, 2, 3, 4, 5, 6].map((word) => factor('schneider-ion6200', 'voltage', word));
    expect(factors).toEqual([1000, 100, 10, 1, 0.1, 0.01, 0.001]);
    expect(factor('schneider-ion6200', 'power', 7)).toBeUndefined();
  });

  it('reads voltage at the factory setting of ten times, and export as negative power', () => {
    expect(decode('schneider-ion6200', 'v_l1', [2302], { voltage: 0.1 })).toBe(230.2);
    expect(decode('schneider-ion6200', 'p', [0xfffe], { power: 1 })).toBe(-2000);
    expect(decode('schneider-ion6200', 'pf', [0xdf2a])).toBe(-0.8406);
    expect(decode('schneider-ion6200', 'e_imp', [0x0001, 0x0002])).toBe(131073);
  });
});

describe('PM800', () => {
  it('reads powers of ten within their range only', () => {
    expect(factor('schneider-pm800', 'F', 0xfffd)).toBe(0.001);
    expect(factor('schneider-pm800', 'F', 4)).toBeUndefined();
    expect(factor('schneider-pm800', 'A', 0xfffd)).toBeUndefined();
    expect(decode('schneider-pm800', 'p', [1235], { F: 0.001 })).toBe(1235);
  });

  it('makes no reading of -32768, nor of a damaged counter', () => {
    expect(decode('schneider-pm800', 'v_l1', [0x8000], { D: 0.1 })).toBeUndefined();
    expect(decode('schneider-pm800', 'pf', [0x8000])).toBeUndefined();
    expect(decode('schneider-pm800', 'e_imp', [0x8000, 0, 0, 0])).toBeUndefined();
  });

  it('leaves the counters alone that nobody confirmed', () => {
    const off = profiles.get('schneider-pm800')?.registers.filter((row) => !row.enabled);
    expect(off?.map(readingKey).sort()).toEqual(['e_exp', 'eq_exp', 'eq_imp', 'es']);
  });
});

describe('EM21', () => {
  const id = 'carlo-gavazzi-em21-72d';
  it('reads with the low word first, and nothing from an overflow', () => {
    expect(decode(id, 'v_l1', [2302, 0])).toBe(230.2);
    expect(decode(id, 'p', [0xfc18, 0xffff])).toBe(-100);
    expect(decode(id, 'p', [0xffff, 0x7fff])).toBeUndefined();
    expect(decode(id, 'p', [0x0000, 0x7fff])).toBeUndefined();
    expect(decode(id, 'p', [0xffff, 0x7ffe])).toBe(214741811.1);
  });

  it('tells the phase sequence as 1 and -1', () => {
    const sequence = [0, 1, 0xffff, 5].map((word) => decode(id, 'rotation', [word]));
    expect(sequence).toEqual([1, 1, -1, undefined]);
  });

  it('is recognised by one register read alone', () => {
    expect(profiles.get(id)?.identify).toEqual([
      { by: 'register', table: 'input', address: 11, type: 'uint16', wordOrder: 'little', equals: [57, 58] },
    ]);
    expect(profiles.get(id)?.limits).toMatchObject({ maxRegisters: 11, tablesAlike: true });
  });
});

describe('Eastron', () => {
  it.each(['eastron-sdm120', 'eastron-sdm230', 'eastron-sdm630-v2'])(
    '%s: reads begin and end at even registers, after a silence',
    (id) => {
      const profile = profiles.get(id);
      expect(profile?.limits).toMatchObject({ step: 2, maxRegisters: 60 });
      expect(profile?.gapMs).toBe(60);
      expect(profile?.registers.every((row) => row.address % 2 === 0)).toBe(true);
    },
  );

  it('SDM630: apparent power has no sign, active power keeps its', () => {
    const words = [0xc49f, 0x6000];
    expect(decode('eastron-sdm630-v2', 's', words)).toBe(1275);
    expect(decode('eastron-sdm630-v2', 'p', words)).toBe(-1275);
  });

  it('single-phase models name no phase', () => {
    for (const id of ['eastron-sdm120', 'eastron-sdm230', 'peacefair-pzem016'])
      expect(profiles.get(id)?.registers.filter((row) => row.phase !== undefined)).toEqual([]);
  });

  it('zero is a value, not a missing one', () => {
    expect(decode('eastron-sdm630-v2', 'p_l2', [0, 0])).toBe(0);
  });
});

describe('iEM3000', () => {
  const id = 'schneider-iem3000';
  it('reads 64-bit watt-hours, and nothing from either mark of absence', () => {
    expect(decode(id, 'e_imp', [0, 0, 0x0012, 0xd687])).toBe(1234.567);
    expect(decode(id, 'e_exp', [0x8000, 0, 0, 0])).toBeUndefined();
    expect(decode(id, 'e_exp', [0xffc0, 0, 0xffc0, 0])).toBeUndefined();
    expect(decode(id, 'q', [0xffc0, 0])).toBeUndefined();
  });

  it('unfolds its power factor', () => {
    expect(decode(id, 'pf', [0x3fa0, 0])).toBe(0.75);
    expect(decode(id, 'pf', [0xbfa0, 0])).toBe(-0.75);
    expect(decode(id, 'pf', [0x3f40, 0])).toBe(0.75);
    expect(decode(id, 'pf', [0x40a0, 0])).toBeUndefined();
  });

  it('keeps the float energies off, whose unit conflicts', () => {
    const floats = profiles.get(id)?.registers.filter((row) => row.address > 45000);
    expect(floats?.map((row) => row.enabled)).toEqual([false, false]);
  });

  it.each(['iEM3155', 'iEM3250', 'Schneider Electric iEM3355 1.2'])('recognises "%s"', (text) => {
    for (const way of profiles.get(id)?.identify ?? [])
      expect('matches' in way && new RegExp(way.matches, 'u').test(text)).toBe(true);
  });
});

describe('PZEM-016', () => {
  it('tells its alarm as 0 and 1', () => {
    const alarm = [0, 0xffff, 1].map((word) => decode('peacefair-pzem016', 'alarm', [word]));
    expect(alarm).toEqual([0, 1, undefined]);
  });
});

describe('Enercept', () => {
  it('reads kilowatts and kilovars of high word first floats', () => {
    for (const id of ['veris-h8036', 'schneider-emb-eme']) expect(decode(id, 'q', [0x3fc0, 0])).toBe(1500);
    expect(decode('veris-h8035', 'p', [0xbfc0, 0])).toBe(-1500);
  });

  it('EMB and EME are marked as unverified and have no settings of the line', () => {
    const profile = profiles.get('schneider-emb-eme');
    expect(profile?.serial).toBeUndefined();
    expect(profile?.doubts.join(' ')).toContain('unverified');
  });
});
