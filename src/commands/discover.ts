import type { Command } from 'commander';
import { numberFrom } from './arguments.ts';
import type { DiscoverOptions } from './discover/run-discover.ts';

/** `busbar discover`: which plugs and meters are on a broker. */
export function registerDiscover(program: Command): void {
  program
    .command('discover')
    .description(
      'find plugs and meters on an MQTT broker, and print a configuration; publishes nothing without --ask',
    )
    .argument('[url]', 'broker, for example mqtt://192.168.1.5; without it that of the configuration')
    .option('-c, --config <file>', 'configuration whose broker is looked at')
    .option('-s, --seconds <number>', 'how long to listen (default 10)', numberFrom(1, 3600, 'seconds'))
    .option('--ask', 'ask Shelly devices to announce themselves')
    .option('--username <name>', 'user name at the broker')
    .option('--password-file <file>', 'file that holds the password and nothing else')
    .option('--ca-file <file>', 'certificates that sign the broker’s, PEM')
    .option('--insecure', 'take any certificate')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      [
        '',
        'Recognises zigbee2mqtt, Tasmota, Shelly, ESPHome, emonHub, rtl_433, Home Assistant statestream, Plugwise-2-py and',
        'every device that announces itself by Home Assistant discovery. The output is a configuration with the findings as',
        'comments.',
        'Exit code: 0 devices found, 69 no broker or nothing known on it.',
        '',
        'Examples:',
        '  busbar discover mqtt://192.168.1.5 > plugs.yaml',
        '  busbar discover mqtt://broker.lan --username me --password-file ~/.mqtt-password --seconds 60',
        '  busbar discover --config house.yaml --json',
      ].join('\n'),
    )
    .action(async (url: string | undefined, options: DiscoverOptions) => {
      const { runDiscover } = await import('./discover/run-discover.ts');
      process.exitCode = await runDiscover(url, options);
    });
}
