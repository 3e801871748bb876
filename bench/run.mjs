// npm run bench [-- cycle|gateway|plugs|plugwise]: bundles the bench and runs it on the built program. It prints what it measured beside
// the bound; it asserts nothing, because the machines it runs on are noisy.
import { spawn } from 'node:child_process';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
await build({
  absWorkingDir: root,
  entryPoints: {
    bench: 'bench/bench.ts',
    'meter-process': 'bench/meter-process.ts',
    'plug-process': 'bench/plug-process.ts',
  },
  outdir: 'dist-bench',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['serialport', '@serialport/*', 'pino-pretty'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
// Loading extra certificates slows each start of Node 20 by a tenth of a second; it is no part of the program.
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
const child = spawn(process.execPath, [`${root}dist-bench/bench.js`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
  cwd: root,
});
child.on('exit', (code) => process.exit(code ?? 1));
