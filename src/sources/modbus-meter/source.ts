import type { Emit } from '../../domain/event.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import { type BusState, createModbusBus, type ModbusBus } from '../../protocols/modbus/bus.ts';
import type { BusConnection } from './bus-connection.ts';
import { createSlotStatistics, runBusLoop } from './bus-loop.ts';
import { createBusWatchdog } from './bus-watchdog.ts';
import type { ModbusDeviceConfig, ModbusMeterConfig } from './config.ts';
import { createMeter } from './meter.ts';
import { createMeterState } from './meter-state.ts';
import { notice, type PollContext, type PolledMeter } from './poll-meter.ts';
import { busStatistics } from './statistics.ts';

/** Silence of every unit after which a connection is opened anew: a network peer sooner than a port. */
const SILENCE_LIMIT_MS = { network: 15_000, serial: 60_000 };

/** All Modbus meters of one bus. Throws a RangeError for a device that cannot be read as it is configured. */
export function createModbusMeterSource(
  config: ModbusMeterConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
  connection: BusConnection,
  clock: Clock,
): Source {
  const meters = config.devices.map((device) => polledMeter(config, device, profiles, connection));
  const slots = createSlotStatistics();
  const startedAt = clock.monotonicMs();
  let bus: ModbusBus | undefined;

  async function run(emit: Emit, signal: AbortSignal): Promise<void> {
    let waker = new AbortController();
    const stop = () => waker.abort();
    signal.addEventListener('abort', stop, { once: true });
    const onState = (state: BusState) => {
      waker.abort();
      waker = new AbortController();
      tellBusState(context, state, told);
    };
    const opened = createModbusBus({ ...connection, clock, onState });
    bus = opened;
    const limitMs = config.connection.kind === 'serial' ? SILENCE_LIMIT_MS.serial : SILENCE_LIMIT_MS.network;
    const watch = createBusWatchdog(opened, limitMs, () => clock.monotonicMs());
    const context: PollContext = {
      bus: opened,
      busId: config.id,
      clock,
      emit,
      watch,
      wake: () => waker.signal,
    };
    const told = { isUnavailable: false };
    await Promise.all([opened.run(signal), runBusLoop(context, meters, slots, signal)]);
    signal.removeEventListener('abort', stop);
  }

  return {
    id: config.id,
    devices: meters.map(({ meter }) => meter.device),
    run,
    statistics: () =>
      bus === undefined
        ? {}
        : busStatistics(bus.counters, bus.isOpen, slots, meters, clock.monotonicMs() - startedAt),
  };
}

function polledMeter(
  config: ModbusMeterConfig,
  device: ModbusDeviceConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
  connection: BusConnection,
): PolledMeter {
  const profile = profiles.get(device.meter);
  if (profile === undefined) throw new RangeError(`no meter profile ${device.meter}`);
  try {
    const meter = createMeter(device, profile, connection.framing, connection.timing);
    return { meter, state: createMeterState() };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = 'look at maxRegisters, only and disable of the device';
    throw new RangeError(`${config.id}, device ${device.id}: ${error.message}; ${hint}`, { cause: error });
  }
}

// One notice when a port is missing or lost, one when it is there (again); a port that is opened anew by
// ourselves is no news.
function tellBusState(context: PollContext, state: BusState, told: { isUnavailable: boolean }): void {
  if (state.kind === 'open') {
    if (told.isUnavailable)
      context.emit(notice(context, 'info', 'bus-open', `${context.busId} is connected`));
    told.isUnavailable = false;
  } else if (state.cause.code !== 'closed' && !told.isUnavailable) {
    told.isUnavailable = true;
    const code = state.wasOpen ? 'bus-lost' : 'bus-unavailable';
    context.emit(
      notice(
        context,
        'warn',
        code,
        `${context.busId}: ${state.cause.message}; trying again until it is there`,
      ),
    );
  }
}
