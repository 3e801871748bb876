import type { Command } from 'commander';

/** `busbar run`: the gateway itself. */
export function registerRun(program: Command): void {
  program
    .command('run', { isDefault: true })
    .description('run the gateway (the default command)')
    .option('-c, --config <file>', 'configuration; also $BUSBAR_CONFIG')
    .option('--log-level <level>', 'trace, debug, info, warn or error')
    .option('--broker-port <port>', 'port of the embedded broker')
    .option('--mqtt-url <url>', 'publish to this broker instead of the embedded one')
    .addHelpText('after', '\nExample:\n  busbar run --config /etc/busbar/house.yaml')
    .action(async (options: RunOptions) => {
      const { runGateway } = await import('../app/run-gateway.ts');
      process.exitCode = await runGateway(options);
    });
}

interface RunOptions {
  readonly config?: string;
  readonly logLevel?: string;
  readonly brokerPort?: string;
  readonly mqttUrl?: string;
}
