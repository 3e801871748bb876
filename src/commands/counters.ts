import type { Command } from 'commander';
import type { CountersOptions } from './counters/run-counters.ts';

/** `busbar counters`: what is published of each counter, and corrections by hand. */
export function registerCounters(program: Command): void {
  const counters = program
    .command('counters')
    .description('show the energy counters with their offsets; set or forget them')
    .option('-c, --config <file>', 'configuration; also $BUSBAR_CONFIG')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nThe gateway may run meanwhile: it takes corrections within seconds.\n\n' +
        'Examples:\n  busbar counters\n  busbar counters set mains e_imp 18342.1\n  busbar counters forget old_plug',
    )
    .action(async (options: CountersOptions) => {
      const { showCounters } = await import('./counters/run-counters.ts');
      process.exitCode = await showCounters(options);
    });
  counters
    .command('set')
    .description('set what is published of a counter now; it counts on from there')
    .argument('<device>', 'id of the device')
    .argument('<key>', 'e_imp, e_exp, e_imp_l1 ...')
    .argument('<value>', 'in the unit of the counter: kWh, kvarh or kVAh')
    .option('--allow-lower', 'even if that is less than what was published')
    .addHelpText('after', '\nExample:\n  busbar counters set mains e_imp 18342.1')
    .action(async (device: string, key: string, value: string, _options: unknown, command: Command) => {
      const { setCounter } = await import('./counters/run-counters.ts');
      const options = command.optsWithGlobals<CountersOptions & { allowLower?: boolean }>();
      process.exitCode = await setCounter(device, key, value, options);
    });
  counters
    .command('forget')
    .description('forget all counters of a device: they begin anew with its next values')
    .argument('<device>', 'id of the device')
    .addHelpText('after', '\nExample:\n  busbar counters forget old_plug')
    .action(async (device: string, _options: unknown, command: Command) => {
      const { forgetCounters } = await import('./counters/run-counters.ts');
      process.exitCode = await forgetCounters(device, command.optsWithGlobals<CountersOptions>());
    });
}
