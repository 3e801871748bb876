import type { Command } from 'commander';
import { numberFrom } from './arguments.ts';
import type { PlanOptions } from './plan/run-plan.ts';

/** `busbar plan`: what the line has to carry. */
export function registerPlan(program: Command): void {
  program
    .command('plan')
    .description('print the poll plan: requests, line time, bus load, messages; opens nothing')
    .option('-c, --config <file>', 'configuration; also $BUSBAR_CONFIG')
    .option('--latency <ms>', 'reckon with this time until a meter answers', numberFrom(0, 30_000, 'ms'))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nIntervals that the line cannot carry are refused with the arithmetic: exit code 78.\n\n' +
        'Example:\n  busbar plan --config house.yaml --latency 80',
    )
    .action(async (options: PlanOptions) => {
      const { runPlan } = await import('./plan/run-plan.ts');
      process.exitCode = await runPlan(options);
    });
}
