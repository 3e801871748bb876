import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IssuesError } from '../../../src/lib/issue.ts';
import {
  loadProfile,
  loadProfiles,
  shippedProfileDirectory,
  UnknownProfileError,
} from '../../../src/meters/load-profiles.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'busbar-meters-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const profile = (id: string, model = 'One') => `id: ${id}
manufacturer: Acme
model: ${model}
lines: 1
registers: [{ code: p, address: 0, unit: W }]
sources: { manual: Acme ${model} }
`;
const put = (name: string, text: string) => writeFile(join(directory, name), text);

async function mistakesOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof IssuesError)) throw new Error(`expected issues, got ${String(error)}`);
  return error.message;
}

describe('loadProfiles', () => {
  it('finds the shipped profiles, by id in order', async () => {
    const profiles = await loadProfiles([shippedProfileDirectory()]);
    expect([...profiles.keys()]).toEqual([...profiles.keys()].sort());
    expect(profiles.get('eastron-sdm120')?.model).toBe('SDM120-Modbus');
    expect(profiles.size).toBeGreaterThanOrEqual(13);
  });

  it("takes the user's profile in place of the shipped one of the same id", async () => {
    await put('eastron-sdm120.yaml', profile('eastron-sdm120', 'mine'));
    await put('acme-one.yaml', profile('acme-one'));
    const profiles = await loadProfiles([directory, shippedProfileDirectory()]);
    expect(profiles.get('eastron-sdm120')?.model).toBe('mine');
    expect(profiles.get('acme-one')?.model).toBe('One');
    expect(profiles.has('eastron-sdm230')).toBe(true);
  });

  it('does not look at a shipped profile that is replaced, even a broken one', async () => {
    const shipped = join(directory, 'shipped');
    await mkdir(shipped);
    await writeFile(join(shipped, 'acme-one.yaml'), 'broken: [');
    await put('acme-one.yaml', profile('acme-one'));
    expect([...(await loadProfiles([directory, shipped])).keys()]).toEqual(['acme-one']);
  });

  it('tells the mistakes of all files at once, each with its file', async () => {
    await put('acme-one.yaml', profile('acme-one').replace('unit: W', 'unit: V'));
    await put('acme-two.yaml', profile('acme-three'));
    await put('acme-four.yml', profile('acme-four'));
    await mkdir(join(directory, 'acme-five.yaml'));
    const text = await mistakesOf(loadProfiles([directory]));
    expect(text).toContain(`${join(directory, 'acme-one.yaml')}:5:42: registers[0].unit`);
    expect(text).toContain('a file named acme-three.yaml');
    expect(text).toContain(
      `${join(directory, 'acme-four.yml')}: is not read; allowed: files that end in .yaml`,
    );
    expect(text).toContain(`${join(directory, 'acme-five.yaml')}: is a directory`);
  });

  it('tells of a directory that is not there', async () => {
    const missing = join(directory, 'nowhere');
    expect(await mistakesOf(loadProfiles([missing]))).toBe(
      `${missing}: does not exist; allowed: a directory of meter profiles`,
    );
  });

  it('refuses a file that is far too large to be a profile', async () => {
    await put('acme-one.yaml', `${profile('acme-one')}#${'x'.repeat(1_000_000)}\n`);
    expect(await mistakesOf(loadProfiles([directory]))).toContain('allowed: at most 1000000');
  });

  it('refuses the aliases of a "billion laughs" file', async () => {
    const rows = [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`),
    ];
    await put('acme-one.yaml', `${rows.join('\n')}\n`);
    expect(await mistakesOf(loadProfiles([directory]))).toContain('acme-one.yaml');
  });

  it('gives an empty map for an empty directory, and passes over other files', async () => {
    await put('README.md', 'profiles');
    await put('.acme-one.yaml', 'hidden');
    expect((await loadProfiles([directory])).size).toBe(0);
  });
});

describe('loadProfile', () => {
  it('reads only the wanted file', async () => {
    await put('acme-one.yaml', profile('acme-one'));
    await put('acme-two.yaml', 'broken: [');
    expect((await loadProfile('acme-one', [directory])).id).toBe('acme-one');
  });

  it("prefers the user's directory", async () => {
    await put('eastron-sdm120.yaml', profile('eastron-sdm120', 'mine'));
    const directories = [directory, shippedProfileDirectory()];
    expect((await loadProfile('eastron-sdm120', directories)).model).toBe('mine');
    expect((await loadProfile('eastron-sdm230', directories)).model).toBe('SDM230-Modbus');
  });

  it('tells the mistakes of the wanted file', async () => {
    await put('acme-one.yaml', profile('acme-one').replace('lines: 1', 'lines: 7'));
    expect(await mistakesOf(loadProfile('acme-one', [directory]))).toContain('4:8: lines: found 7');
  });

  it.each([
    ['eastron-sdm12', 'eastron-sdm120'],
    ['sdm630', 'eastron-sdm630-v2'],
    ['Schneider PM1200', 'schneider-pm1200'],
    ['scheider-iem3000', 'schneider-iem3000'],
  ])('names the nearest profile for "%s"', async (id, nearest) => {
    const error = await loadProfile(id, [shippedProfileDirectory()]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownProfileError);
    expect((error as UnknownProfileError).nearest[0]).toBe(nearest);
    expect((error as Error).message).toContain(`there is no meter profile "${id}"; did you mean ${nearest}`);
  });

  it('suggests nothing where nothing is near, and lists what there is', async () => {
    await put('acme-one.yaml', profile('acme-one'));
    await expect(loadProfile('zzz', [directory])).rejects.toThrow(
      'there is no meter profile "zzz"; known profiles: acme-one',
    );
  });

  it.each(['../acme-one', '..', '', '__proto__', 'acme-one.yaml', 'constructor'])(
    'never leaves its directories for "%s"',
    async (id) => {
      const inner = join(directory, 'inner');
      await mkdir(inner);
      await put('acme-one.yaml', profile('acme-one'));
      await expect(loadProfile(id, [inner])).rejects.toBeInstanceOf(UnknownProfileError);
    },
  );

  it('tells of a directory that is not there', async () => {
    expect(await mistakesOf(loadProfile('acme-one', [join(directory, 'nowhere')]))).toContain(
      'does not exist',
    );
  });
});
