// Bundles the program into dist/: one file for the command and one for each worker thread.
// Bundling halves the start time (docs/decisions/0006); packages with native parts find their binary by
// path and stay outside.
import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

export async function buildAll() {
  await rm(`${root}dist`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      busbar: 'src/main.ts',
      'broker-worker': 'src/broker/worker.ts',
      'simulator-worker': 'src/simulator/worker.ts',
    },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    // Node's own streams are what readable-stream copies; see no-socks.mjs for the other.
    alias: { 'readable-stream': 'node:stream', socks: `${root}scripts/no-socks.mjs` },
    external: ['serialport', '@serialport/*', 'classic-level', 'pino-pretty'],
    // CommonJS packages inside the bundle call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'linked',
    logLevel: 'warning',
  });
  await chmod(`${root}dist/busbar.js`, 0o755);
}

if (process.argv[1] === new URL(import.meta.url).pathname) await buildAll();
