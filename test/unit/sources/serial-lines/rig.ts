import type { ByteConnection } from '../../../../src/config/types.ts';
import type { GatewayEvent } from '../../../../src/domain/event.ts';
import type { Reading } from '../../../../src/domain/reading.ts';
import { readingKey } from '../../../../src/domain/reading.ts';
import type { Source } from '../../../../src/domain/source.ts';
import type { Clock } from '../../../../src/lib/clock.ts';
import { KNOWN_LAYOUTS } from '../../../../src/protocols/emon/layout.ts';
import type {
  CurrentCostConfig,
  CurrentCostDeviceConfig,
  EcoManagerConfig,
  EcoManagerDeviceConfig,
  EmonTxConfig,
  EmonTxDeviceConfig,
  XBeeConfig,
  XBeeDeviceConfig,
} from '../../../../src/sources/serial-lines/config.ts';
import type { StreamOpener } from '../../../../src/transports/byte-stream.ts';
import { createFakeLine } from '../../../support/fake-stream.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const NOWHERE: ByteConnection = { kind: 'tcp', host: '127.0.0.1', port: 1 };
const section = { id: 'line', connection: NOWHERE, silenceMs: 60_000 };
const device = (id: string, intervalMs: number) => ({ id, name: id, intervalMs, invert: false, rating: {} });

export const currentCost = (
  devices: readonly (Partial<CurrentCostDeviceConfig> & { readonly id: string })[],
): CurrentCostConfig => ({
  ...section,
  type: 'currentcost',
  model: 'cc128',
  devices: devices.map((given) => ({
    ...device(given.id, 6000),
    sensor: 0,
    channel: 'all',
    radio: undefined,
    lines: 1,
    hasTemperature: false,
    ...given,
  })),
});

export const ecoManager = (
  devices: readonly (Partial<EcoManagerDeviceConfig> & { readonly id: string; readonly radio: number })[],
): EcoManagerConfig => ({
  ...section,
  type: 'ecomanager',
  devices: devices.map((given) => ({ ...device(given.id, 6000), sensor: undefined, ...given })),
});

export const emonTx = (
  devices: readonly (Partial<EmonTxDeviceConfig> & Pick<EmonTxDeviceConfig, 'id' | 'values'>)[],
  layouts = KNOWN_LAYOUTS,
): EmonTxConfig => ({
  ...section,
  type: 'emontx',
  layouts,
  devices: devices.map((given) => ({ ...device(given.id, 10_000), node: undefined, ...given })),
});

export const xbee = (
  devices: readonly (Partial<XBeeDeviceConfig> & Pick<XBeeDeviceConfig, 'id' | 'address' | 'values'>)[],
  more: Partial<XBeeConfig> = {},
): XBeeConfig => ({
  ...section,
  type: 'xbee',
  apiMode: 1,
  referenceMv: undefined,
  devices: devices.map((given) => ({ ...device(given.id, 5000), ...given })),
  ...more,
});

/** `{ p: 100, v_l1: 230 }` */
function valuesOf(readings: readonly Reading[]): Record<string, number> {
  return Object.fromEntries(readings.map((reading) => [readingKey(reading), reading.value]));
}

/** One source on a line that exists in memory only. */
export function createRig(create: (clock: Clock, opener: StreamOpener) => Source, isMissing = false) {
  const clock = createManualClock();
  const line = createFakeLine(clock, () => []);
  if (isMissing) line.lose();
  const source = create(clock, line.opener);
  const events: GatewayEvent[] = [];
  const ended = new AbortController();
  const running = source.run((event) => events.push(event), ended.signal);
  const samples = () => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
  return {
    clock,
    line,
    source,
    events,
    samples,
    /** The values of all samples of one device, oldest first. */
    values: (id: string) =>
      samples()
        .filter(({ deviceId }) => deviceId === id)
        .map(({ readings }) => valuesOf(readings)),
    availability: (id: string) =>
      events.flatMap((event) =>
        event.type === 'availability' && event.deviceId === id ? [event.state] : [],
      ),
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])),
    async say(text: string | Uint8Array, thenMs = 1): Promise<void> {
      line.send(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
      await clock.advance(thenMs);
    },
    async end(): Promise<void> {
      ended.abort();
      await clock.advanceUntil(running);
    },
  };
}
