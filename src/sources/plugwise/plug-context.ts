import type { Emit, Notice } from '../../domain/event.ts';
import type { Clock } from '../../lib/clock.ts';
import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import type { PlugwiseStick } from '../../protocols/plugwise/stick.ts';
import { TransportError } from '../../transports/byte-stream.ts';
import type { PlugwiseConfig } from './config.ts';
import type { PlugNode } from './node.ts';

/** What reading Circles needs to know of its surroundings. */
export interface PlugContext {
  readonly stick: PlugwiseStick;
  readonly config: PlugwiseConfig;
  readonly nodes: readonly PlugNode[];
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborts when the stick becomes ready or is lost, or at the end: whoever waits looks again. */
  wake(): AbortSignal;
  /** Lets whoever waits look again. */
  rouse(): void;
  /** Something worth keeping was learned; it is written soon. */
  remember(): void;
}

/** Whether a request failed as requests do: the Circle, the stick or the port is to blame, not this program. */
export function isRequestFailure(error: unknown): error is PlugwiseError | TransportError {
  return error instanceof PlugwiseError || error instanceof TransportError;
}

/** A notice about the stick or one of its Circles. */
export function notice(
  { clock, config }: Pick<PlugContext, 'clock' | 'config'>,
  level: Notice['level'],
  code: string,
  message: string,
  node?: PlugNode,
): Notice {
  const about = node === undefined ? {} : { deviceId: node.device.id };
  return { type: 'notice', level, code, message, at: clock.now(), bus: config.id, ...about };
}
