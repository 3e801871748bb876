import type { Command } from 'commander';
import { registerCheck } from './check.ts';
import { registerCounters } from './counters.ts';
import { registerDiscover } from './discover.ts';
import { registerMeters } from './meters.ts';
import { registerPlan } from './plan.ts';
import { registerRead } from './read.ts';
import { registerRun } from './run.ts';
import { registerScan } from './scan.ts';
import { registerSimulate } from './simulate.ts';

/** Every command, in the order of the help. A new one is a file and a line here. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  registerRun,
  registerCheck,
  registerPlan,
  registerRead,
  registerScan,
  registerDiscover,
  registerCounters,
  registerMeters,
  registerSimulate,
];
