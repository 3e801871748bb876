import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { SOURCE_KINDS } from '../../../../src/sources/index.ts';
import { temporaryFolder } from '../../config/load-text.ts';

const PAGE = new URL('../../../../docs/mqtt-plugs.md', import.meta.url);

async function examples(): Promise<string[]> {
  const page = await readFile(PAGE, 'utf8');
  return [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => {
    const text = found[1] ?? '';
    return text.startsWith('sources:') ? text : `sources:\n${text}`;
  });
}

test('every example of the page for users is a sound configuration', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'broker-password'), 'a password\n', { mode: 0o600 });
  const types: string[] = [];
  for (const text of await examples()) {
    const file = join(folder, 'house.yaml');
    await writeFile(file, text, { mode: 0o600 });
    const { config } = await loadConfig({ file, env: {}, kinds: SOURCE_KINDS, knownMeters: undefined });
    types.push(...config.sources.map(({ type }) => type));
  }
  expect(types).toEqual(['tasmota', 'zigbee2mqtt', 'tasmota', 'shelly-gen1', 'shelly-gen2', 'mqtt-map']);
});
