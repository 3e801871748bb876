import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseConnection } from '../../../src/config/connection.ts';
import { describeOptions, type OptionDescription } from '../../../src/config/describe-options.ts';
import { checkPasswordHash } from '../../../src/config/password-hash.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { loadText } from './load-text.ts';

const PATH = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
const SOURCES_PATH = fileURLToPath(new URL('../../../docs/sources.md', import.meta.url));
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('__', '\\_\\_');

/** The tables between the marks of the document, one for each section of the file. */
function tableOf(rows: readonly OptionDescription[]): string {
  const lines = rows.map(({ key, isRequired, fallback, doc, allowed, variable }) => {
    const usual = isRequired ? '**required**' : (fallback ?? '');
    const name = variable === undefined ? '' : `<br>\`${variable}\``;
    return `| \`${key}\`${name} | ${usual} | ${cell(doc)} | ${cell(allowed.replaceAll('<', '&lt;'))} |`;
  });
  return ['| key | default | meaning | allowed |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

const sections = new Map<string, OptionDescription[]>();
for (const row of describeOptions(SOURCE_KINDS))
  sections.set(row.section, [...(sections.get(row.section) ?? []), row]);

const MARKED = /<!-- keys of (\S+) -->\n[\s\S]*?<!-- end -->/g;
const isOfOtherSource = (section: string) =>
  section.startsWith('sources[') && !/^sources\[(modbus-meter)?\]/.test(section);

const fresh = (text: string) =>
  text.replace(MARKED, (_, name: string) => {
    const table = tableOf(sections.get(name === 'top' ? '' : name) ?? []);
    return `<!-- keys of ${name} -->\n${table}\n<!-- end -->`;
  });

const UPDATE = 'UPDATE_SCHEMA=1 npx vitest run writes them anew';

test('the tables of the reference are those of the code, and none is missing', async () => {
  const text = await readFile(PATH, 'utf8');
  const shown = [...text.matchAll(MARKED)].map(([, name]) => (name === 'top' ? '' : name));
  expect(shown.sort()).toEqual([...sections.keys()].filter((name) => !isOfOtherSource(name)).sort());
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(PATH, fresh(text));
  expect(await readFile(PATH, 'utf8'), UPDATE).toBe(fresh(text));
});

test('the reference of sources has a chapter for each kind, with its tables', async () => {
  const text = await readFile(SOURCES_PATH, 'utf8');
  const chapters = SOURCE_KINDS.filter(({ type }) => type !== 'modbus-meter').map(({ type, doc }) => {
    const own = [...sections.keys()].filter((name) => name.startsWith(`sources[${type}]`));
    const tables = own.map((name) => {
      const title = name.slice(`sources[${type}]`.length).replace(/^\./, '');
      const heading = title === '' ? '' : `\`${title}\`\n\n`;
      return `${heading}<!-- keys of ${name} -->\n<!-- end -->`;
    });
    return fresh([`## \`${type}\``, doc, ...tables].join('\n\n'));
  });
  const whole = text.replace(
    /<!-- kinds -->[\s\S]*<!-- end of kinds -->/,
    () => `<!-- kinds -->\n\n${chapters.join('\n\n')}\n\n<!-- end of kinds -->`,
  );
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(SOURCES_PATH, whole);
  expect(await readFile(SOURCES_PATH, 'utf8'), UPDATE).toBe(whole);
});

test('every example of a whole file is accepted', async () => {
  const text = await readFile(PATH, 'utf8');
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
  const whole = examples.filter((yaml) => yaml.includes('sources:'));
  expect(whole.length).toBeGreaterThan(0);
  for (const yaml of whole) expect((await loadText(yaml)).config.sources).not.toHaveLength(0);
});

test('every connection in the table of connections is one', async () => {
  const text = await readFile(PATH, 'utf8');
  const table = text.slice(text.indexOf('## Connections'), text.indexOf('## The embedded broker'));
  const urls = [...table.matchAll(/^\| `([a-z+]+:[^`]+)`/gm)].map(([, url = '']) => url);
  expect(urls.length).toBeGreaterThanOrEqual(7);
  for (const url of urls) expect(parseConnection(url), url).not.toHaveProperty('problem');
});

test('the command that makes a password hash makes one', async () => {
  const text = await readFile(PATH, 'utf8');
  const [, script = ''] = /node -e '([^']+)'/.exec(text) ?? [];
  const hash = execFileSync(process.execPath, ['-e', script], {
    input: 'a password\n',
    encoding: 'utf8',
  }).trim();
  expect(checkPasswordHash(hash)).toBeUndefined();
  const { checkPassword } = await import('../../../src/broker/password.ts');
  expect(await checkPassword('a password', hash)).toBe(true);
  expect(await checkPassword('another', hash)).toBe(false);
});
