import type { Command } from 'commander';
import type { CheckOptions } from './check/run-check.ts';

/** `busbar check`: everything that can be known without opening a port. */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description(
      'validate configuration and meter profiles, print devices, topics and poll plan; opens nothing',
    )
    .option('-c, --config <file>', 'configuration; also $BUSBAR_CONFIG')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nMistakes are told all at once, each with its place: exit code 78.\n\n' +
        'Example:\n  busbar check --config /etc/busbar/house.yaml',
    )
    .action(async (options: CheckOptions) => {
      const { runCheck } = await import('./check/run-check.ts');
      process.exitCode = await runCheck(options);
    });
}
