import type { MqttClient } from 'mqtt';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { BrokerLogin } from './broker-login.ts';
import { numberOf } from './plug-circuit.ts';
import type { PlugFault, PlugMessage, PlugProgram } from './program.ts';

/** A simulated program on its broker. */
export interface PlugClient {
  readonly label: string;
  /** Connects, and again whenever the link is lost, until the signal aborts; never rejects. */
  run(login: BrokerLogin, signal: AbortSignal): Promise<void>;
  /** The power goes and comes back: the broker says its last will, then it starts anew. */
  reboot(): void;
  setFault(fault: PlugFault | undefined, plug?: string): void;
}

const END_MS = 500;

export function createPlugClient(program: PlugProgram, clock: Clock, logger: Logger): PlugClient {
  let client: MqttClient | undefined;
  const speak = (messages: readonly PlugMessage[]) => {
    for (const { topic, payload, isRetained } of messages)
      client?.publish(topic, payload, { qos: 0, retain: isRetained });
  };
  return {
    label: program.label,
    async run(login, signal) {
      if (signal.aborted) return;
      // Only where there are such plugs: the library takes its time to load.
      const { connectTo } = await import('./connect-to.ts');
      client = connectTo(login, program);
      attach(client, program, { clock, logger, speak });
      await tick(program, () => client?.connected === true, { clock, speak }, signal);
      await end(client, program, { clock, speak });
      client = undefined;
    },
    reboot() {
      program.restart(clock.now());
      client?.stream.destroy();
    },
    setFault: (fault, plug) => program.setFault(fault, plug),
  };
}

interface Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly speak: (messages: readonly PlugMessage[]) => void;
}

function attach(client: MqttClient, program: PlugProgram, { clock, logger, speak }: Surroundings): void {
  let isTold = false;
  client.on('connect', () => {
    isTold = false;
    logger.debug({ plug: program.label }, 'the simulated plug has found its broker');
    client.subscribe([...program.filters], { qos: 0 }, () => {
      if (client.connected) speak(program.onConnect(clock.now()));
    });
  });
  client.on('message', (topic, payload, packet) => {
    if (!packet.retain) speak(program.onMessage(topic, payload, clock.now()));
  });
  client.on('error', (error) => {
    if (!isTold) logger.debug({ plug: program.label }, `the simulated plug has no broker: ${error.message}`);
    isTold = true;
  });
}

// Each program has its own place within the second, as plugs that were plugged in one after the other.
async function tick(
  program: PlugProgram,
  isConnected: () => boolean,
  { clock, speak }: Omit<Surroundings, 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  const phaseMs = 20 + (numberOf(program.label) % 900);
  while (!signal.aborted) {
    const now = clock.now();
    const next = Math.floor((now - phaseMs) / 1000 + 1) * 1000 + phaseMs;
    await clock.sleep(next - now, signal);
    if (!signal.aborted && isConnected()) speak(program.onTick(clock.now()));
  }
}

/** A program says good-bye; from a plug the power is taken, and the broker says its last will. */
async function end(client: MqttClient, program: PlugProgram, { clock, speak }: Omit<Surroundings, 'logger'>) {
  if (program.onEnd === undefined || !client.connected) {
    client.stream.destroy();
    client.end(true);
    return;
  }
  speak(program.onEnd(clock.now()));
  await new Promise<void>((resolve) => {
    const cancel = clock.timer(END_MS, () => {
      client.end(true);
      resolve();
    });
    client.end(false, {}, () => {
      cancel();
      resolve();
    });
  });
}
