import type { DeviceSettings } from '../../config/types.ts';
import type { Device } from '../../domain/device.ts';
import type { Statistics } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { createMqttLink } from '../../transports/mqtt.ts';
import type { MqttConnectOptions } from '../../transports/mqtt-session.ts';
import type { HistoryLimit, Outbox } from './outbox.ts';
import type { OnSwitch } from './switch-requests.ts';

export interface MqttSinkOptions {
  /** First topic level(s), checked by the configuration. */
  readonly root: string;
  readonly devices: readonly Device[];
  /** The last will is the sink's own. */
  readonly connection: Omit<MqttConnectOptions, 'will'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the list of published topics is kept. */
  readonly stateDirectory: string;
  /** Whether value topics and `state` are retained. */
  readonly retain: boolean;
  readonly version: string;
  /** What stands in `gateway/stats`. */
  readonly statistics: () => Statistics;
  readonly statsIntervalMs: number;
  /** Publishing rules and aggregates by device id; without them every sample is published as it is. */
  readonly settings?: Readonly<Record<string, DeviceSettings>>;
  /** Carries out what is asked for on `gateway/cmd/switch`; without it nobody listens there. */
  readonly onSwitch?: OnSwitch;
  readonly historyLimit?: HistoryLimit;
  /** Where samples wait while the broker is away; memory, where nothing else is given. */
  readonly outbox?: Outbox;
  /** When a thing is done that has time until the last one is written; at once in tests. */
  readonly afterwards?: (task: () => void) => void;
  /** How the broker is reached; another one in tests. */
  readonly createLink?: typeof createMqttLink;
}
