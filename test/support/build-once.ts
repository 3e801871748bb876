import { readdir } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildAll } from '../../scripts/build.mjs';
import { warnOfMissingPrograms } from './required-programs.ts';

/**
 * Worker threads and the command run from dist/, so the tests build it once before the first of them; and
 * the programs that tests start as processes of their own (`*-process.ts`) go to dist-test/.
 */
export default async function setup(): Promise<void> {
  warnOfMissingPrograms();
  await buildAll();
  const folder = new URL('.', import.meta.url).pathname;
  const programs = (await readdir(folder)).filter((name) => name.endsWith('-process.ts'));
  await build({
    entryPoints: programs.map((name) => folder + name),
    outdir: `${folder}../../dist-test`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['serialport', '@serialport/*'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
