import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** What the integration tests start, and the Debian package that has it. */
const PROGRAMS: readonly (readonly [program: string, debianPackage: string])[] = [
  ['mosquitto', 'mosquitto'],
  ['mosquitto_sub', 'mosquitto-clients'],
  ['socat', 'socat'],
  ['mbpoll', 'mbpoll'],
  ['openssl', 'openssl'],
];
const PYTHON_MODULES = [
  ['pymodbus', 'python3-pymodbus'],
  ['serial_asyncio', 'python3-serial-asyncio'],
] as const;

/** Says in one line what is missing, so that nobody has to guess it from a hundred failed tests. */
export function warnOfMissingPrograms(): void {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];
  const isThere = (program: string) => folders.some((folder) => canRun(`${folder}/${program}`));
  const missing = [
    ...PROGRAMS.filter(([program]) => !isThere(program)).map(([, debianPackage]) => debianPackage),
    ...PYTHON_MODULES.filter(([module]) => !hasModule(module)).map(([, debianPackage]) => debianPackage),
  ];
  if (missing.length === 0) return;
  console.warn(
    `\nIntegration tests will fail for want of programs: sudo apt-get install ${missing.join(' ')}`,
  );
  console.warn('Without them: npx vitest run test/unit\n');
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function hasModule(name: string): boolean {
  return spawnSync('/usr/bin/python3', ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0;
}
