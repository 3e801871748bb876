import { type Command, Option } from 'commander';
import { collect, listOf, numberFrom, parseUnit } from './arguments.ts';
import type { ReadOptions } from './read/run-read.ts';

/** `busbar read`: one meter, once. */
export function registerRead(program: Command): void {
  program
    .command('read')
    .description('read a meter once and print its values')
    .argument('<model>', 'id of the meter profile (`busbar meters`), a name of the meter, or a profile file')
    .argument('<connection>', 'URL of the bus, for example rtu:/dev/ttyUSB0?baud=9600&parity=none')
    .option('-u, --unit <n>', 'unit id; without it that of the URL, the factory setting, or 1', parseUnit)
    .addOption(
      new Option('--word-order <order>', 'order of the words in the meter').choices(['big', 'little']),
    )
    .option('--only <keys>', 'read only these: p,v_l1', listOf)
    .option('--timeout <ms>', 'longest time until the meter begins to answer', numberFrom(1, 3000, 'ms'))
    .option('--profiles <folder>', 'folder with own meter profiles; may be repeated', collect)
    .option('--raw', 'show the register words too')
    .option('--watch <seconds>', 'read again and again, until Ctrl-C', numberFrom(0.1, 86_400, 's'))
    .option('--json', 'print one JSON document; with --watch one on each line')
    .addHelpText(
      'after',
      [
        '',
        'A serial URL that does not say baud rate and parity means the factory settings of the model.',
        'Exit code: 0 all read, 65 refused by the meter, 69 no answer, 74 damaged answers.',
        '',
        'Examples:',
        '  busbar read eastron-sdm630-v2 rtu:/dev/ttyUSB0',
        '  busbar read schneider-iem3000 tcp://192.168.1.20 --unit 3 --only p,v_l1 --raw',
      ].join('\n'),
    )
    .action(async (model: string, connection: string, options: ReadOptions) => {
      const { runRead } = await import('./read/run-read.ts');
      process.exitCode = await runRead(model, connection, options);
    });
}
