import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createMqttLink } from '../../../src/transports/mqtt.ts';
import type { MqttLinkError } from '../../../src/transports/mqtt-error.ts';
import type { MqttConnectOptions } from '../../../src/transports/mqtt-session.ts';

export interface FirstAnswer {
  readonly protocol: 5 | 4 | undefined;
  readonly error: MqttLinkError | undefined;
  /** Everything that was logged, as text. */
  readonly log: string;
}

/** Opens a link, waits until it stands or says why not, and closes it. */
export async function firstAnswer(
  options: Partial<MqttConnectOptions> & { readonly url: string },
): Promise<FirstAnswer> {
  const lines: unknown[] = [];
  const record = (...args: unknown[]) => {
    lines.push(args);
  };
  const logger = { ...silentLogger, info: record, warn: record, error: record, debug: record, trace: record };
  const end = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const first = await new Promise<Omit<FirstAnswer, 'log'>>((resolve) => {
    const link = createMqttLink(
      {
        clientId: 'busbar-test',
        protocol: 5,
        keepaliveS: 30,
        verifyCertificate: true,
        will: { topic: 'house/gateway/availability', payload: 'offline', qos: 1, retain: true },
        ...options,
      },
      {
        onConnect: () => resolve({ protocol: link.protocolInUse, error: undefined }),
        onDisconnect: (error) => resolve({ protocol: undefined, error }),
      },
      createSystemClock(),
      logger,
    );
    running = link.run(end.signal);
  });
  end.abort();
  await running;
  return { ...first, log: JSON.stringify(lines) };
}
