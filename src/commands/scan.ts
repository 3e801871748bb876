import type { Command } from 'commander';
import { collect, numberFrom, parseBauds, parseParities, parseUnits } from './arguments.ts';
import type { ScanOptions } from './scan/run-scan.ts';

/** `busbar scan`: what is on a line. */
export function registerScan(program: Command): void {
  program
    .command('scan')
    .description('find units, settings and models on a line, and print a configuration; only ever reads')
    .argument('<connection>', 'URL of the bus, for example rtu:/dev/ttyUSB0 or tcp://192.168.1.20')
    .option('-u, --units <list>', 'units to try: 1-247 (default), 1,2,100-110', parseUnits)
    .option('--baud <list>', 'baud rates to try on a serial port: 9600,19200,2400', parseBauds)
    .option('--parity <list>', 'parities to try on a serial port: none,even', parseParities)
    .option(
      '--timeout <ms>',
      'time until a unit begins to answer (default 100 on a serial port, else 300)',
      numberFrom(10, 3000, 'ms'),
    )
    .option('--all', 'try all settings, also when units were found')
    .option('--profiles <folder>', 'folder with own meter profiles; may be repeated', collect)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      [
        '',
        'The output is a configuration with the findings as comments. Settings that the URL says are not searched for.',
        'Exit code: 0 units found, 69 nothing there, 77 no permission for the port.',
        '',
        'Examples:',
        '  busbar scan rtu:/dev/ttyUSB0 > house.yaml',
        '  busbar scan rtu:/dev/ttyUSB0?baud=9600 --units 1-20 --parity none,even,odd',
        '  busbar scan tcp://192.168.1.20',
      ].join('\n'),
    )
    .action(async (connection: string, options: ScanOptions) => {
      const { runScan } = await import('./scan/run-scan.ts');
      process.exitCode = await runScan(connection, options);
    });
}
