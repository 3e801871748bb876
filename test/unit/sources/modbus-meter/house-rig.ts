import type { Connection } from '../../../../src/config/types.ts';
import type { GatewayEvent, Notice } from '../../../../src/domain/event.ts';
import { readingKey, type Sample } from '../../../../src/domain/reading.ts';
import type { Statistics } from '../../../../src/domain/source.ts';
import type { MeterProfile } from '../../../../src/meters/profile.ts';
import { networkTiming } from '../../../../src/protocols/modbus/line-timing.ts';
import { mbapFraming } from '../../../../src/protocols/modbus/mbap.ts';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import type { ModbusDeviceConfig } from '../../../../src/sources/modbus-meter/config.ts';
import { createModbusMeterSource } from '../../../../src/sources/modbus-meter/source.ts';
import { createFakeLine, type Delivery, type FakeLine } from '../../../support/fake-stream.ts';
import {
  createManualClock,
  type ManualClock,
  type ManualClockOptions,
} from '../../../support/manual-clock.ts';
import { type Asked, answering, LINE_9600, refusing } from '../../protocols/modbus/bus-rig.ts';
import { unframe } from '../../protocols/modbus/reference-frames.ts';

/** A meter on the fake line, to be changed while the test runs. */
export interface FakeMeter {
  /** Words by table and address: `input:0`. What is not here is refused with exception 2. */
  readonly words: Map<string, number>;
  isDead: boolean;
  latencyMs: number;
  /** Speaks before the registers do: a refusal code, deliveries, or undefined for the usual answer. */
  special: ((asked: Asked) => number | readonly Delivery[] | undefined) | undefined;
}

export function createFakeMeter(words: Readonly<Record<string, number>>): FakeMeter {
  return { words: new Map(Object.entries(words)), isDead: false, latencyMs: 20, special: undefined };
}

export interface HouseRig {
  readonly clock: ManualClock;
  readonly line: FakeLine;
  readonly events: readonly GatewayEvent[];
  readonly asked: readonly (Asked & { readonly at: number })[];
  samples(deviceId?: string): Sample[];
  /** Values of a sample by key. */
  values(sample: Sample | undefined): Record<string, number>;
  notices(code?: string): Notice[];
  availability(deviceId: string): string[];
  statistics(): Statistics;
  end(): Promise<void>;
}

export interface HouseOptions {
  readonly framing?: 'rtu' | 'mbap';
  readonly isMissing?: boolean;
  readonly carriesOver?: boolean;
  /** Wall clock at the begin; 0.3 s past a full minute unless told. */
  readonly startAt?: number;
  readonly errorMs?: ManualClockOptions['errorMs'];
}

export const MINUTE = Date.UTC(2026, 5, 1, 12, 0, 0);

const SERIAL: Connection = {
  kind: 'serial',
  framing: 'rtu',
  path: '/dev/ttyUSB0',
  line: { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
  unitId: undefined,
};

/** A source with its meters on a fake line, running, with moved time. */
export function createHouse(
  profile: MeterProfile,
  devices: readonly ModbusDeviceConfig[],
  meters: Readonly<Record<number, FakeMeter>>,
  options: HouseOptions = {},
): HouseRig {
  const framing = options.framing ?? 'rtu';
  const clock = createManualClock({ ...options, startAt: options.startAt ?? MINUTE + 300 });
  const asked: (Asked & { at: number })[] = [];
  const line = createFakeLine(
    clock,
    (bytes) => {
      const { unitId, pdu, transactionId } = unframe(framing, bytes);
      const [functionCode = 0, high = 0, low = 0, , count = 0] = pdu;
      const question = { unitId, functionCode, address: high * 256 + low, count, transactionId };
      asked.push({ ...question, at: clock.monotonicMs() });
      const meter = meters[unitId];
      return meter === undefined ? [] : deliver(framing, meter, question);
    },
    options,
  );
  if (options.isMissing === true) line.lose();
  const source = createModbusMeterSource(
    { type: 'modbus-meter', id: 'bus1', connection: SERIAL, devices },
    new Map([[profile.id, profile]]),
    framing === 'rtu'
      ? { opener: line.opener, framing: rtuFraming, timing: LINE_9600 }
      : { opener: line.opener, framing: mbapFraming, timing: networkTiming(60) },
    clock,
  );
  const events: GatewayEvent[] = [];
  const end = new AbortController();
  const running = source.run((event) => events.push(event), end.signal);
  running.catch(() => {});
  return {
    clock,
    line,
    events,
    asked,
    samples: (deviceId) =>
      events.flatMap((event) =>
        event.type === 'sample' && (deviceId === undefined || event.sample.deviceId === deviceId)
          ? [event.sample]
          : [],
      ),
    values: (sample) =>
      Object.fromEntries((sample?.readings ?? []).map((reading) => [readingKey(reading), reading.value])),
    notices: (code) =>
      events.flatMap((event) =>
        event.type === 'notice' && (code === undefined || event.code === code) ? [event] : [],
      ),
    availability: (deviceId) =>
      events.flatMap((event) =>
        event.type === 'availability' && event.deviceId === deviceId ? [event.state] : [],
      ),
    statistics: () => source.statistics(),
    async end() {
      end.abort();
      await clock.advanceUntil(running);
    },
  };
}

// At the pace of the line: the answer is there when its last byte is.
function deliver(framing: 'rtu' | 'mbap', meter: FakeMeter, asked: Asked): readonly Delivery[] {
  if (meter.isDead) return [];
  const special = meter.special?.(asked);
  if (typeof special === 'object') return special;
  const table = asked.functionCode === 4 ? 'input' : 'holding';
  const words = Array.from({ length: asked.count }, (_, i) =>
    meter.words.get(`${table}:${asked.address + i}`),
  );
  const known = words.filter((word) => word !== undefined);
  const code = special ?? (known.length === words.length ? undefined : 2);
  const bytes = code === undefined ? answering(framing, asked, known) : refusing(framing, asked, code);
  const wireMs = framing === 'rtu' ? (8 + bytes.length) * LINE_9600.characterMs : 0;
  return [{ afterMs: wireMs + meter.latencyMs, bytes }];
}
