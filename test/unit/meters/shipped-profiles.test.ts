import { describe, expect, it } from 'vitest';
import { readingKey } from '../../../src/domain/reading.ts';
import { decodeRegister, decodeScale, wordCount } from '../../../src/meters/decode-register.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import type { MeterProfile, MeterRegister } from '../../../src/meters/profile.ts';
import { encodeWords } from './encode-words.ts';
import {
  keyOf,
  publishedValue,
  REFERENCE,
  type ReferenceMeter,
  type ReferenceQuantity,
} from './reference.ts';

const profiles = await loadProfiles([shippedProfileDirectory()]);
const profileOf = (id: string): MeterProfile => {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error(`no profile ${id}`);
  return profile;
};
const known = (meter: ReferenceMeter, lines: 1 | 3) =>
  meter.quantities.flatMap((fact) => {
    const key = keyOf(fact, lines);
    return key === undefined ? [] : [{ key, fact }];
  });
const rowOf = (profile: MeterProfile, key: string, address: number): MeterRegister => {
  const row = profile.registers.find((r) => readingKey(r) === key && r.address === address);
  if (row === undefined) throw new Error(`${profile.id} has no ${key} at ${address}`);
  return row;
};

describe('the shipped profiles', () => {
  it('are the meters of the reference and no others', () => {
    expect([...profiles.keys()]).toEqual(REFERENCE.map((meter) => meter.id).sort());
  });

  it.each([...profiles.values()])('$id: every enabled row names a document', (profile) => {
    const without = profile.registers.filter((row) => row.enabled && row.sources.length === 0);
    expect(without.map(readingKey)).toEqual([]);
    for (const reference of profile.sources.values()) expect(reference.length).toBeGreaterThan(10);
  });

  it.each([...profiles.values()])('$id: no two rows that are read share a register', (profile) => {
    const taken = new Set<string>();
    for (const row of profile.registers.filter(({ enabled }) => enabled)) {
      for (let n = 0; n < wordCount(row.type); n++) {
        const register = `${row.table} ${row.address + n}`;
        expect(taken).not.toContain(register);
        taken.add(register);
      }
    }
  });

  it.each([...profiles.values()])('$id: a row without documents or enabled says why', (profile) => {
    for (const row of profile.registers)
      if (!row.enabled || row.sources.length === 0) expect(row.doubt).toBeDefined();
  });
});

const ORDERS = { ABCD: 'big', CDAB: 'little' } as const;
const TABLES = { 3: 'holding', 4: 'input' } as const;

describe.each(REFERENCE)('the profile of $id', (meter) => {
  const profile = profileOf(meter.id);
  const facts = known(meter, profile.lines);

  it('has every quantity of the reference that can be published, and no other', () => {
    const inReference = facts.map(({ key, fact }) => `${key} ${fact.address}`).sort();
    expect(profile.registers.map((row) => `${readingKey(row)} ${row.address}`).sort()).toEqual(inReference);
    const left = meter.quantities.filter((fact) => keyOf(fact, profile.lines) === undefined);
    expect(left.every((fact) => fact.quantity.startsWith('activePowerDemand'))).toBe(true);
  });

  it('agrees on the lines, the settings of the line and the largest read', () => {
    expect(profile.lines).toBe(meter.phases.trim() === '1' ? 1 : 3);
    expect(profile.limits.maxRegisters).toBe(meter.maxRegistersPerRead);
    const { baud, parity, stopBits, unitId } = meter.defaultSerial;
    if (baud === null) expect(profile.serial).toBeUndefined();
    else expect(profile.serial).toMatchObject({ baud, parity, stopBits });
    if (typeof unitId === 'number') expect(profile.serial?.unitId).toBe(unitId);
    else expect(profile.serial?.unitId).toBeUndefined();
    expect([...profile.sources.keys()].sort()).toEqual([...meter.sources].sort());
  });

  it.each(facts)('agrees on the place and the form of $key at $fact.address', ({ key, fact }) => {
    const row = rowOf(profile, key, fact.address);
    const isModulo = fact.type.startsWith('mod10k');
    expect(row.table).toBe(TABLES[meter.functionCode]);
    expect(row.type).toBe(fact.encoding === 'schneider4q' ? 'pf4q32' : fact.type);
    if (wordCount(row.type) > 1)
      expect(row.wordOrder).toBe(
        isModulo || fact.wordOrder?.startsWith('low') ? 'little' : ORDERS[meter.wordOrderCode],
      );
    expect(row.enabled).toBe(fact.enabled ?? true);
    if (fact.optional) expect(row.optional).toBe(true);
    if (fact.confidence !== undefined) expect(row.doubt).toBeDefined();
    expect([...row.sources].sort()).toEqual([...fact.sources].sort());
  });

  it.each(facts)('makes the value of the reference out of $key at $fact.address', ({ key, fact }) => {
    if (fact.quantity === 'alarm' || fact.quantity === 'phaseSequence') return;
    const row = rowOf(profile, key, fact.address);
    const [factor, scales] = scaleOf(meter, profile, fact);
    const raw = fact.quantity === 'powerFactor' && fact.scale === 1 ? 0.5 : 321;
    const words = encodeWords(row.type, row.wordOrder, raw);
    expect(decodeRegister(row, words, scales)).toBeCloseTo(publishedValue(fact, raw, factor), 6);
  });
});

// The factor that the reference gives for a quantity, and the scale registers as the meter would answer them.
function scaleOf(
  meter: ReferenceMeter,
  profile: MeterProfile,
  fact: ReferenceQuantity,
): readonly [number, ReadonlyMap<string, number>] {
  if (fact.scale !== null) return [fact.scale, new Map()];
  const isEnumeration = meter.id === 'schneider-ion6200';
  const reference = meter.scaleRegisters?.find(({ name }) => name.split(' ')[0] === fact.scaleRef);
  const scale = profile.scales.find(({ address }) => address === reference?.address);
  if (scale === undefined) throw new Error(`no scale register for ${fact.scaleRef}`);
  const factor = decodeScale(scale, [isEnumeration ? 4 : 0xffff]);
  if (factor === undefined) throw new Error(`${scale.name} does not decode`);
  return [0.1, new Map([[scale.name, factor]])];
}
