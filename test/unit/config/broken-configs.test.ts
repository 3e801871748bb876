import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { formatIssue, type Issue } from '../../../src/lib/issue.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { issuesOf } from './load-text.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/broken-configs/', import.meta.url));
const FILES = readdirSync(FOLDER).sort();
const KNOWN_METERS = ['eastron-sdm120', 'eastron-sdm630-v2', 'peacefair-pzem016', 'schneider-iem3000'];

const mistakesIn = (name: string): Promise<readonly Issue[]> =>
  issuesOf(loadConfig({ file: FOLDER + name, env: {}, kinds: SOURCE_KINDS, knownMeters: KNOWN_METERS }));

describe('broken configurations', () => {
  test('all messages read as reviewed', async () => {
    const sections: string[] = [];
    for (const name of FILES) {
      const lines = (await mistakesIn(name)).map((issue) => `  ${formatIssue(issue)}`);
      const text = [name, ...lines].join('\n');
      sections.push(text.replaceAll(FOLDER, '').replaceAll(FOLDER.slice(0, -1), '/broken-configs'));
    }
    await expect(`${sections.join('\n\n')}\n`).toMatchFileSnapshot('./__snapshots__/messages.txt');
  });

  test.each(FILES)('%s: is refused, and every mistake says where it is', async (name) => {
    const text = readFileSync(FOLDER + name, 'utf8');
    const issues = await mistakesIn(name);
    expect(issues.length).toBeGreaterThan(0);
    for (const issue of issues) {
      expect(issue.file).toBe(FOLDER + name);
      expect(issue.line).toBeGreaterThan(0);
      expect(issue.line).toBeLessThanOrEqual(text.split('\n').length);
      expect(issue.column).toBeGreaterThan(0);
      expect(issue.problem).not.toBe('');
    }
  });

  test.each(FILES)('%s: nothing that must not be shown is shown', async (name) => {
    const shown = JSON.stringify(await mistakesIn(name));
    expect(shown).not.toContain('not-to-be-shown');
    expect(shown).not.toContain('481516');
    expect(shown).not.toContain('c2FsdHNhbHRz');
  });

  test('there are at least forty of them', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(40);
  });
});
