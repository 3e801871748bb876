import { formatConnection } from '../../config/connection.ts';
import type { GatewayConfig } from '../../config/types.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import { connectBus } from '../../sources/modbus-meter/bus-connection.ts';
import { isModbusMeter } from '../../sources/modbus-meter/config.ts';
import { type BusPlan, type PlanProblem, planBus } from '../../sources/modbus-meter/plan-summary.ts';
import { type MessageLoad, messageLoad } from './message-load.ts';

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
export function planHouse(
  config: GatewayConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
  latencyMs?: number,
): HousePlan {
  const buses = config.sources.filter(isModbusMeter).map((source) => {
    const devices = source.devices.map((device) => {
      const profile = profiles.get(device.meter);
      if (profile === undefined) throw new Error(`the profile ${device.meter} was checked and is gone`);
      return { config: device, profile };
    });
    return {
      connection: formatConnection(source.connection),
      isSerialLine: source.connection.line !== undefined,
      plan: planBus(source.id, devices, connectBus(source.connection), latencyMs),
    };
  });
  return {
    buses,
    messages: messageLoad(
      config.root,
      buses.flatMap(({ plan }) => plan.devices),
    ),
    problems: buses.flatMap(({ plan }) => plan.problems),
  };
}
