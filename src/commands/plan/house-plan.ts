import { formatConnection } from '../../config/connection.ts';
import type { Device } from '../../domain/device.ts';
import { readingKey } from '../../domain/reading.ts';
import { connectBus } from '../../sources/modbus-meter/bus-connection.ts';
import { isModbusMeter } from '../../sources/modbus-meter/config.ts';
import { type BusPlan, type PlanProblem, planBus } from '../../sources/modbus-meter/plan-summary.ts';
import type { House } from '../load-house.ts';
import { type DeviceLoad, type MessageLoad, messageLoad } from './message-load.ts';

/** Everything that a configuration will ask for and send. */
export interface HousePlan {
  readonly buses: readonly {
    readonly connection: string;
    readonly isSerialLine: boolean;
    readonly plan: BusPlan;
  }[];
  readonly messages: MessageLoad;
  readonly problems: readonly PlanProblem[];
}

/** Plans every bus of a checked configuration; opens nothing. */
export function planHouse({ config, profiles, devices }: House, latencyMs?: number): HousePlan {
  const buses = config.sources.filter(isModbusMeter).map((source) => {
    const meters = source.devices.map((device) => {
      const profile = profiles.get(device.meter);
      if (profile === undefined) throw new Error(`the profile ${device.meter} was checked and is gone`);
      return { config: device, profile };
    });
    return {
      connection: formatConnection(source.connection),
      isSerialLine: source.connection.line !== undefined,
      plan: planBus(source.id, meters, connectBus(source.connection), latencyMs),
    };
  });
  const metered = buses.flatMap(({ plan }) => plan.devices);
  // What reports by itself, or is computed, has no reads to plan; its messages count all the same.
  const others = devices.filter(({ id }) => !metered.some((device) => device.id === id)).map(loadOf);
  return {
    buses,
    messages: messageLoad(config.root, [...metered, ...others]),
    problems: buses.flatMap(({ plan }) => plan.problems),
  };
}

function loadOf({ id, intervalMs, quantities }: Device): DeviceLoad {
  const keys = quantities.filter((quantity) => quantity.intervalMs <= intervalMs).map(readingKey);
  return { id, slots: [{ keys, perSecond: 1000 / intervalMs }] };
}
