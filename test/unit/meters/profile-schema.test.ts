import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readingKey } from '../../../src/domain/reading.ts';
import { decodeRegister } from '../../../src/meters/decode-register.ts';
import { meterProfileJsonSchema, parseProfile } from '../../../src/meters/profile-schema.ts';

const repositoryFile = (path: string) => new URL(`../../../${path}`, import.meta.url);

describe('parseProfile', () => {
  const SMALLEST = `id: acme-one
manufacturer: Acme
model: One
lines: 1
registers: [{ code: p, address: 0 }]
sources: { manual: Acme One }
`;

  it('fills in what a short file leaves out', () => {
    const profile = parseProfile('acme-one.yaml', SMALLEST);
    expect(profile).toMatchObject({
      gapMs: 0,
      latencyMs: 500,
      aliases: [],
      notes: [],
      doubts: [],
      scales: [],
    });
    expect(profile.limits).toEqual({
      maxRegisters: 60,
      step: 1,
      canBridge: false,
      maxGap: 0,
      blocks: [],
      forbidden: [],
      tablesAlike: false,
    });
    expect(profile.registers).toEqual([
      {
        code: 'p',
        table: 'holding',
        address: 0,
        type: 'uint16',
        wordOrder: 'big',
        scale: 1,
        unit: 'W',
        invalid: [],
        cadence: 'live',
        enabled: true,
        optional: false,
        sources: ['manual'],
      },
    ]);
    expect('serial' in profile).toBe(false);
  });

  it('gives rows the table, type, order and marks of the file, and lets a row have its own', () => {
    const text = SMALLEST.replace(
      'registers: [{ code: p, address: 0 }]',
      `table: input
type: float32
wordOrder: little
invalid: { float32: [[0, 0x8000]], int16: [[0x8000]] }
rawLimits: { int16: { rawMax: 1000 } }
registers:
  - { code: p, address: 0 }
  - { code: e_imp, address: 0x10, type: int16, table: holding, wordOrder: big, unit: Wh, rawMin: 1 }
  - { code: v_thd, address: 4 }
  - { code: s, address: 6, invalid: [], cadence: counter }`,
    );
    const [p, energy, thd, s] = parseProfile('acme-one.yaml', text).registers;
    expect(p).toMatchObject({ table: 'input', type: 'float32', wordOrder: 'little', invalid: [[0, 0x8000]] });
    expect(energy).toMatchObject({ table: 'holding', address: 16, wordOrder: 'big', unit: 'Wh' });
    expect(energy).toMatchObject({ invalid: [[0x8000]], rawMin: 1, rawMax: 1000, cadence: 'counter' });
    expect(thd?.cadence).toBe('slow');
    expect(s).toMatchObject({ invalid: [], cadence: 'counter' });
  });

  it('bridges gaps when one of the two words for it is given', () => {
    const limits = (read: string) => parseProfile('acme-one.yaml', `${SMALLEST}read: ${read}\n`).limits;
    expect(limits('{ maxGap: 4 }')).toMatchObject({ canBridge: true, maxGap: 4 });
    expect(limits('{ canBridge: true, maxRegisters: 20 }')).toMatchObject({ canBridge: true, maxGap: 20 });
    expect(limits('{ maxGap: 0 }')).toMatchObject({ canBridge: false, maxGap: 0 });
  });
});

describe('the example of docs/add-a-meter.md', () => {
  it('is a profile without mistakes, and decodes what the page says', async () => {
    const page = await readFile(repositoryFile('docs/add-a-meter.md'), 'utf8');
    const text = /```yaml\n(# yaml-language-server[\s\S]*?)```/.exec(page)?.[1] ?? '';
    const profile = parseProfile('meters/nordlicht-nl310.yaml', text);
    const decode = (key: string, words: readonly number[], scales = new Map<string, number>()) => {
      const row = profile.registers.find((r) => readingKey(r) === key);
      return row && decodeRegister(row, words, scales);
    };
    expect(decode('v_l1', [0x08fe])).toBe(230.2);
    expect(decode('v_l2', [0xffff])).toBeUndefined();
    expect(decode('p', [0xf3fc, 0xffff])).toBe(-3076);
    expect(decode('i_l1', [452], new Map([['ct', 0.01]]))).toBe(4.52);
    expect(decode('e_imp', [0xd687, 0x0012])).toBe(12345.67);
    for (const row of profile.registers) expect(page).toContain(`| ${row.address + 40001} |`);
  });
});

describe('the JSON Schema for editors', () => {
  // UPDATE_SCHEMA=1 npx vitest run test/unit/meters/profile-schema.test.ts writes it anew.
  it('is the one in docs/schema', async () => {
    const path = repositoryFile('docs/schema/meter-profile.schema.json');
    const text = `${JSON.stringify(meterProfileJsonSchema(), null, 2)}\n`;
    if (process.env.UPDATE_SCHEMA === '1') await writeFile(path, text);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('knows every key, requires only what has no default, and refuses others', () => {
    const schema = meterProfileJsonSchema();
    expect(schema.required).toEqual(['id', 'manufacturer', 'model', 'lines', 'registers', 'sources']);
    expect(schema.additionalProperties).toBe(false);
    expect(JSON.stringify(schema)).toContain('"eq_imp_ind"');
  });

  it('is named in the first line of every shipped profile', async () => {
    const { loadProfiles, shippedProfileDirectory } = await import('../../../src/meters/load-profiles.ts');
    for (const id of (await loadProfiles([shippedProfileDirectory()])).keys()) {
      const text = await readFile(repositoryFile(`config/meters/${id}.yaml`), 'utf8');
      expect(text.split('\n')[0]).toBe(
        '# yaml-language-server: $schema=../../docs/schema/meter-profile.schema.json',
      );
    }
  });
});
