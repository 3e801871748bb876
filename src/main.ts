#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { VERSION } from './app/version.ts';
import { describeFailure } from './commands/failure.ts';
import { COMMANDS } from './commands/index.ts';
import { EXIT } from './lib/exit-codes.ts';
import { nearestWord } from './lib/issue.ts';
import { keepMemorySmall } from './lib/small-memory.ts';

// Whoever read the output may be gone (`busbar meters | head`); that is no error of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

keepMemorySmall();
await runCommand(process.argv.slice(2));

async function runCommand(words: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    refuseUnknownCommand(program, words[0]);
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = report(error);
  }
}

function createProgram(): Command {
  const program = new Command('busbar')
    .description('MQTT edge gateway for electricity: every meter of a house on one topic tree')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      [
        '',
        'CONNECTION is a URL: rtu:/dev/ttyUSB0?baud=9600&parity=none, tcp://host:502, rtu+tcp://host:4001,',
        'rtu+udp://host:4001, ascii:/dev/ttyUSB0, ascii+tcp://host:4001; each may end in ?unit=1.',
        '',
        'Examples:',
        '  busbar                                       the simulated house, or that of $BUSBAR_CONFIG',
        '  busbar scan rtu:/dev/ttyUSB0 > house.yaml    finds the meters on a line',
        '  busbar check --config house.yaml             what would be read and published',
        '  busbar --config house.yaml                   the gateway',
        '',
        'Exit codes: 0 done, 64 usage, 65 data, 69 not there, 74 damaged on the way, 77 permission, 78 configuration.',
      ].join('\n'),
    );
  for (const register of COMMANDS) register(program);
  return program;
}

// The default command would take a mistyped name for an argument of its own.
function refuseUnknownCommand(program: Command, word: string | undefined): void {
  if (word === undefined || word === '' || word.startsWith('-')) return;
  const known = ['help', ...program.commands.map((command) => command.name())];
  if (known.includes(word)) return;
  const near = nearestWord(word, known);
  const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
  program.error(`error: unknown command "${word}".${meant} \`busbar --help\` lists the commands.`);
}

function report(error: unknown): number {
  // The library has said already what it found; help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = describeFailure(error);
  if (failure !== undefined) {
    process.stderr.write(`${failure.message}\n`);
    return failure.exitCode;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`busbar made a mistake; please report this:\n${trace}\n`);
  return EXIT.software;
}
