import type { Command } from 'commander';
import { collect } from './arguments.ts';
import type { MetersOptions } from './meters/run-meters.ts';

/** `busbar meters`: the models that can be read. */
export function registerMeters(program: Command): void {
  program
    .command('meters')
    .description('list the meter models, or everything about one of them')
    .argument('[model]', 'id of a meter profile, a name of the meter, or a profile file')
    .option('--profiles <folder>', 'folder with own meter profiles; may be repeated', collect)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  busbar meters\n  busbar meters eastron-sdm120')
    .action(async (model: string | undefined, options: MetersOptions) => {
      const { runMeters } = await import('./meters/run-meters.ts');
      process.exitCode = await runMeters(model, options);
    });
}
