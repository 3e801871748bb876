import { formatConnection } from '../../config/connection.ts';
import { createSystemClock } from '../../lib/clock.ts';
import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import { silentLogger } from '../../lib/logger.ts';
import { formatTable } from '../../lib/table.ts';
import type { FaultRule } from '../../simulator/faults.ts';
import { parseFaults } from '../../simulator/parse-faults.ts';
import { simulateMeter } from '../../simulator/simulate-meter.ts';
import { createSimulator, type ListeningBus, type SimulatorOptions } from '../../simulator/simulator.ts';
import { connectionOf } from '../connection-argument.ts';
import { CommandError } from '../failure.ts';
import { findProfile } from '../find-profile.ts';
import { loadHouse } from '../load-house.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { createStopSignal } from '../stop-signal.ts';

export interface SimulateOptions {
  readonly listen?: string;
  readonly unit?: readonly number[];
  readonly turnaround?: number;
  readonly unpaced?: boolean;
  readonly fault?: readonly string[];
  readonly measures?: string;
  readonly seed?: number;
  readonly config?: string;
  readonly profiles?: readonly string[];
  readonly json?: boolean;
}

type Task = Pick<SimulatorOptions, 'config' | 'profiles' | 'faults'>;

/** Answers until Ctrl-C. Throws a CommandError for what cannot be simulated or listened on. */
export async function runSimulate(model: string | undefined, options: SimulateOptions): Promise<ExitCode> {
  const task = model === undefined ? await houseTask(options) : await meterTask(model, options);
  const signal = createStopSignal();
  const simulator = attempt(model === undefined ? EXIT.configuration : EXIT.usage, () =>
    createSimulator({ ...task, clock: createSystemClock(), logger: silentLogger }),
  );
  void simulator.listening.then(
    (buses) => tell(task, buses, options.json === true),
    () => {}, // run() rejects with the same
  );
  await simulator.run(signal).catch((error: unknown) => {
    throw error instanceof Error
      ? new CommandError(EXIT.unavailable, error.message, { cause: error })
      : error;
  });
  return EXIT.ok;
}

async function houseTask(options: SimulateOptions): Promise<Task> {
  if (options.config === undefined)
    throw new CommandError(
      EXIT.usage,
      'nothing to simulate: name a model and --listen, or a configuration with --config',
    );
  const onlyForMeters = (['listen', 'unit', 'measures', 'turnaround'] as const).filter(
    (key) => options[key] !== undefined,
  );
  if (onlyForMeters.length > 0)
    throw new CommandError(
      EXIT.usage,
      `--${onlyForMeters.join(' and --')} need a model; with --config the file says it`,
    );
  const { config, profiles, file } = await loadHouse(options.config);
  if (config.simulator === undefined)
    throw new CommandError(
      EXIT.configuration,
      `${file} has no section "simulator"; config/house.yaml shows one`,
    );
  const { seed, unpaced } = options;
  return {
    config: {
      ...config.simulator,
      ...(seed === undefined ? {} : { seed }),
      ...(unpaced === true ? { paced: false } : {}),
    },
    profiles,
    faults: faultsOf(options),
  };
}

async function meterTask(model: string, options: SimulateOptions): Promise<Task> {
  const { listen, unit, turnaround, measures, seed, config } = options;
  if (config !== undefined)
    throw new CommandError(EXIT.usage, 'a model and --config do not go together; leave out one of them');
  if (listen === undefined)
    throw new CommandError(EXIT.usage, 'where shall it answer? For example --listen tcp://127.0.0.1:1502');
  const profile = await findProfile(model, options.profiles);
  return simulateMeter({
    profile,
    connection: connectionOf(listen),
    paced: options.unpaced !== true,
    faults: faultsOf(options),
    ...(unit === undefined ? {} : { unitIds: unit }),
    ...(turnaround === undefined ? {} : { turnaroundMs: turnaround }),
    ...(measures === undefined ? {} : { measures }),
    ...(seed === undefined ? {} : { seed }),
  });
}

function faultsOf({ fault = [] }: SimulateOptions): readonly FaultRule[] {
  return attempt(EXIT.usage, () => fault.flatMap(parseFaults));
}

// The simulator throws plain Errors whose messages say what to do.
function attempt<T>(exitCode: ExitCode, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Error) throw new CommandError(exitCode, error.message, { cause: error });
    throw error;
  }
}

function tell({ config, profiles }: Task, buses: readonly ListeningBus[], isJson: boolean): void {
  const meters = config.buses.flatMap((bus, index) => {
    const { connection } = bus;
    const port = buses[index]?.port;
    const place = port === undefined || connection.kind === 'serial' ? connection : { ...connection, port };
    return bus.meters.map(({ unitId, profile, measures }) => ({
      connection: formatConnection({ ...place, unitId: undefined }),
      unit: unitId,
      meter: profile,
      name: `${profiles.get(profile)?.manufacturer ?? ''} ${profiles.get(profile)?.model ?? ''}`.trim(),
      measures,
    }));
  });
  if (isJson) printJson({ seed: config.seed, paced: config.paced, meters });
  else
    printLines(
      formatTable(
        [
          { title: 'CONNECTION' },
          { title: 'UNIT', align: 'right' },
          { title: 'METER' },
          { title: 'NAME' },
          { title: 'MEASURES' },
        ],
        meters.map((each) => [each.connection, String(each.unit), each.meter, each.name, each.measures]),
      ),
    );
  printNote('answering; Ctrl-C ends it');
}
