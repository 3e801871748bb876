import { setMaxListeners } from 'node:events';
import type { SimulatedMqttConfig } from '../../config/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { untilAborted } from '../../lib/until-aborted.ts';
import type { House } from '../house.ts';
import { checkCircuit } from '../unknown-name.ts';
import { type BrokerLogin, loginTo } from './broker-login.ts';
import { createPlugClient, type PlugClient } from './plug-client.ts';
import type { PlugProgram } from './program.ts';
import { createShelly } from './shelly.ts';
import { createTasmota } from './tasmota.ts';
import { createZigbee2mqtt } from './zigbee2mqtt.ts';

/** Every simulated program that speaks to a broker. */
export interface SimulatedPlugs {
  /** zigbee2mqtt first, then each Tasmota and each Shelly in the order of the configuration. */
  readonly clients: readonly PlugClient[];
  /** Loads what they need, which takes a while: before any meter is asked. */
  prepare(): Promise<void>;
  /** Waits for the broker, then lets them speak until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SimulatedPlugsOptions {
  readonly config: SimulatedMqttConfig;
  readonly house: House;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The broker that the gateway publishes to, once it is known; undefined where there is none. */
  readonly ownBroker: Promise<BrokerLogin | undefined>;
}

/** Throws an Error for a circuit that the house does not have. */
export function createSimulatedPlugs(options: SimulatedPlugsOptions): SimulatedPlugs {
  const { config, house, clock, logger, ownBroker } = options;
  const startAt = clock.now();
  const { zigbee2mqtt, tasmota, shelly } = config;
  for (const { name, measures } of zigbee2mqtt?.plugs ?? []) checkCircuit(`zigbee2mqtt, ${name}`, measures);
  for (const { topic, measures } of tasmota) checkCircuit(`tasmota ${topic}`, measures);
  for (const { prefix, measures } of shelly) checkCircuit(`shelly ${prefix}`, measures);
  const programs: readonly PlugProgram[] = [
    ...(zigbee2mqtt === undefined ? [] : [createZigbee2mqtt(zigbee2mqtt, house, startAt)]),
    ...tasmota.map((plug) => createTasmota(plug, house, startAt)),
    ...shelly.map((plug) => createShelly(plug, house, startAt)),
  ];
  const clients = programs.map((program) => createPlugClient(program, clock, logger));
  const findBroker = async (): Promise<BrokerLogin | undefined> => {
    try {
      return config.broker === undefined ? await ownBroker : await loginTo(config.broker);
    } catch (error) {
      logger.error({ code: 'simulator' }, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    // Each plug listens for the end; that many are no leak.
    const end = new AbortController();
    setMaxListeners(0, end.signal);
    const aborted = untilAborted(signal).then(() => end.abort());
    const login = await Promise.race([findBroker(), aborted]);
    if (signal.aborted) return;
    if (login !== undefined) await Promise.all(clients.map((client) => client.run(login, end.signal)));
    else
      logger.warn(
        { code: 'simulator' },
        'the simulated plugs have no broker to speak to; simulator.mqtt.broker can name one',
      );
  };
  const prepare = async () => void (await import('./connect-to.ts'));
  return { clients, prepare, run };
}
