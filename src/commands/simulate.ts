import type { Command } from 'commander';
import { collect, numberFrom, parseUnits } from './arguments.ts';
import type { SimulateOptions } from './simulate/run-simulate.ts';

/** `busbar simulate`: meters that answer on a wire without being there. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('answer as a meter, or as all meters of a simulated house, until Ctrl-C')
    .argument('[model]', 'meter profile to answer as (`busbar meters`)')
    .option(
      '-l, --listen <connection>',
      'where to answer: tcp://127.0.0.1:1502, rtu+tcp://..., rtu:/dev/pts/4',
    )
    .option(
      '-u, --unit <list>',
      'unit ids to answer under: 1,2 (default: the factory setting, or 1)',
      parseUnits,
    )
    .option('--turnaround <ms>', 'time until it begins to answer (default 20)', numberFrom(0, 60_000, 'ms'))
    .option('--unpaced', 'send as fast as possible, not at the pace of the line')
    .option('--fault <fault>', 'for example late=600:every=40; may be repeated', collect)
    .option('--measures <circuit>', 'circuit of the simulated house (default mains)')
    .option('--seed <n>', 'another number, another day (default 1)', numberFrom(0, 4_294_967_295, ''))
    .option('-c, --config <file>', 'the simulated house of this configuration, without the gateway')
    .option('--profiles <folder>', 'folder with own meter profiles; may be repeated', collect)
    .option('--json', 'print where it listens as one JSON document')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  busbar simulate eastron-sdm120 --listen tcp://127.0.0.1:1502 --unit 1,2',
        '  busbar simulate schneider-pm1200 --listen rtu+tcp://127.0.0.1:4001?baud=9600 --fault crc:every=20',
        '  busbar simulate --config config/house.yaml',
      ].join('\n'),
    )
    .action(async (model: string | undefined, options: SimulateOptions) => {
      const { runSimulate } = await import('./simulate/run-simulate.ts');
      process.exitCode = await runSimulate(model, options);
    });
}
