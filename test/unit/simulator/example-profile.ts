import type { MeterProfile, MeterRegister, ReadLimits } from '../../../src/meters/profile.ts';

/** A row with the usual facts; the test names what matters to it. */
export function row(facts: Pick<MeterRegister, 'code' | 'address'> & Partial<MeterRegister>): MeterRegister {
  return {
    table: 'holding',
    type: 'float32',
    wordOrder: 'big',
    scale: 1,
    unit:
      { v: 'V', i: 'A', p: 'W', q: 'var', s: 'VA', f: 'Hz', e_imp: 'kWh', e_exp: 'kWh' }[
        facts.code as string
      ] ?? '',
    invalid: [],
    cadence: 'live',
    enabled: true,
    optional: false,
    sources: [],
    ...facts,
  };
}

/** A meter with the rows of the test and nothing that the test does not say. */
export function profileOf(
  registers: readonly MeterRegister[],
  limits: Partial<ReadLimits> = {},
  facts: Partial<MeterProfile> = {},
): MeterProfile {
  return {
    id: 'example-meter',
    manufacturer: 'Example',
    model: 'EX 100',
    aliases: [],
    lines: 3,
    gapMs: 0,
    latencyMs: 200,
    limits: {
      maxRegisters: 100,
      step: 1,
      canBridge: false,
      maxGap: 0,
      blocks: [],
      forbidden: [],
      tablesAlike: false,
      ...limits,
    },
    identify: [],
    scales: [],
    registers,
    notes: [],
    doubts: [],
    sources: new Map(),
    ...facts,
  };
}
