import type { Connection, SimulatedBusConfig, SimulatorConfig } from '../config/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { MeterProfile } from '../meters/profile.ts';
import type { FaultRule } from './faults.ts';
import { createHouse, HOUSE_START, type House } from './house.ts';
import { createLine, type Line } from './line.ts';
import { measureCircuit } from './measure.ts';
import { createMeterModel, type MeterModel } from './meter-model.ts';
import type { BrokerLogin } from './plugs/broker-login.ts';
import type { PlugClient } from './plugs/plug-client.ts';
import { createSimulatedPlugs } from './plugs/simulate-plugs.ts';
import { createSticks, type SimulatedStickWire } from './sticks.ts';
import { checkCircuit, unknownName } from './unknown-name.ts';
import { describeConnection, openWire } from './wires/open-wire.ts';
import type { Wire } from './wires/wire.ts';

export interface SimulatorOptions {
  readonly config: SimulatorConfig;
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  /** What the house shows is the house at `clock.now()`. */
  readonly clock: Clock;
  readonly logger: Logger;
  /** Faults of every bus from the start. */
  readonly faults?: readonly FaultRule[];
  /** Called when the last byte of an answer has been written: when that was, by the wall clock. */
  readonly onAnswer?: (lastByteAt: number) => void;
  /**
   * The broker to which the gateway publishes, once it is known: the plugs speak to it where the configuration
   * names no other. Absent, or undefined in the end: there is none.
   */
  readonly ownBroker?: Promise<BrokerLogin | undefined>;
}

export interface ListeningBus {
  readonly connection: Connection;
  /** Where it listens, where it is a listener: the system's choice for port 0. */
  readonly port?: number;
}

export interface Simulator {
  /** Opens every wire, answers until the signal aborts, closes. Rejects when a wire cannot be opened. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when every bus and stick answers; waits for no broker. Rejects as `run` does. */
  readonly listening: Promise<readonly ListeningBus[]>;
  /** The house behind the meters: every true value. */
  truth(): House;
  /** One a bus, in the order of the configuration: faults and log. */
  readonly lines: readonly Line[];
  /** The programs and plugs that speak to a broker: faults and reboots. */
  readonly plugs: readonly PlugClient[];
  /** One a Plugwise stick, in the order of the configuration. */
  readonly sticks: readonly SimulatedStickWire[];
}

/** The simulated house with its meters on their wires. Throws an Error for a configuration that cannot be. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { config, clock, logger } = options;
  // A clock before the counters' first day (a Raspberry Pi without network) must not show negative energy.
  const house = createHouse({ seed: config.seed, startAt: Math.min(HOUSE_START, clock.now()) });
  const lines = linesOf(options, house);
  const sticks = createSticks(config, house, { clock, logger });
  const ownBroker = options.ownBroker ?? Promise.resolve(undefined);
  const plugs =
    config.mqtt === undefined
      ? undefined
      : createSimulatedPlugs({ config: config.mqtt, house, clock, logger, ownBroker });
  let listen: (buses: readonly ListeningBus[]) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const listening = new Promise<readonly ListeningBus[]>((resolve, reject) => {
    listen = resolve;
    fail = reject;
  });
  listening.catch(() => {}); // `run` rejects as well; nobody has to look at both

  const run = async (signal: AbortSignal): Promise<void> => {
    const wires: Wire[] = [];
    try {
      await plugs?.prepare();
      house.at(clock.now()); // the first look takes some tenths of a second: before anybody waits for an answer
      const buses = await openBuses(options, lines, wires);
      for (const stick of sticks) wires.push(await stick.open());
      listen(buses);
      await Promise.all([plugs?.run(signal), untilAborted(signal)]);
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      for (const line of lines) line.close();
      await Promise.all(wires.map((wire) => wire.close()));
    }
  };
  return { run, listening, truth: () => house, lines, plugs: plugs?.clients ?? [], sticks };
}

function linesOf({ config, profiles, clock, faults = [], onAnswer }: SimulatorOptions, house: House): Line[] {
  return config.buses.map((bus, n) =>
    createLine({
      ...lineOf(bus),
      units: unitsOf(bus, profiles, house, clock),
      paced: config.paced,
      clock,
      seed: config.seed + n,
      faults,
      onAnswer: onAnswer ?? (() => {}),
    }),
  );
}

/** Opens them into `wires` one after the other, so that those are closed before which one could not be opened. */
async function openBuses(
  { config, clock, logger }: SimulatorOptions,
  lines: readonly Line[],
  wires: Wire[],
): Promise<readonly ListeningBus[]> {
  const buses: ListeningBus[] = [];
  for (const [n, { connection }] of config.buses.entries()) {
    const line = lines[n];
    if (line === undefined) continue;
    const wire = await openWire(connection, line, { clock, logger });
    wires.push(wire);
    buses.push({ connection, ...(wire.port === undefined ? {} : { port: wire.port }) });
    logger.info({ bus: describeConnection(connection, wire.port) }, 'the simulated bus answers');
  }
  return buses;
}

function lineOf({ connection, turnaroundMs }: SimulatedBusConfig) {
  const settings = connection.line === undefined ? {} : { settings: connection.line };
  return { framing: connection.framing, turnaroundMs, ...settings };
}

function unitsOf(
  bus: SimulatedBusConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
  house: House,
  clock: Clock,
): ReadonlyMap<number, MeterModel> {
  const place = describeConnection(bus.connection);
  const units = new Map<number, MeterModel>();
  for (const { unitId, profile: id, measures } of bus.meters) {
    if (units.has(unitId)) throw new Error(`simulator, ${place}: two meters have the unit id ${unitId}`);
    const profile = profiles.get(id);
    if (profile === undefined)
      throw new Error(`simulator, ${place}: ${unknownName('meter profile', id, [...profiles.keys()])}`);
    checkCircuit(`${place}, unit ${unitId}`, measures);
    const measure = () => {
      const quantities = measureCircuit(house.at(clock.now()), measures, profile.lines);
      if (quantities === undefined) throw new Error(`the house has no circuit ${measures}`);
      return quantities;
    };
    units.set(unitId, createMeterModel(profile, measure));
  }
  return units;
}
