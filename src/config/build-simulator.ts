import type { PathOf } from './path-of.ts';
import type { SimulatorEntry } from './simulator-schema.ts';
import type { SimulatedMqttConfig, SimulatorConfig } from './types.ts';

const DEFAULT_TURNAROUND_S = 0.02;
const DEFAULT_ZIGBEE_BASE = 'zigbee2mqtt';

// Steps of a millisecond, as in the other sections.
const ms = (seconds: number) => Math.round(seconds * 1000);

/** Makes the configuration of the simulated house from a section without mistakes. */
export function simulatorConfig(entry: SimulatorEntry, pathOf: PathOf): SimulatorConfig {
  const { seed, paced, buses, mqtt, sticks } = entry;
  return {
    seed: seed ?? 1,
    paced: paced ?? true,
    buses: (buses ?? []).map(({ connection, turnaround, meters }) => ({
      connection,
      turnaroundMs: ms(turnaround ?? DEFAULT_TURNAROUND_S),
      meters: meters.map(({ unit, meter, measures }) => ({ unitId: unit, profile: meter, measures })),
    })),
    ...(mqtt === undefined ? {} : { mqtt: mqttConfig(mqtt, pathOf) }),
    sticks: (sticks ?? []).map(({ connection, circles }) => ({
      connection,
      circles: circles.map(({ mac, measures }) => ({ mac: mac.toUpperCase(), measures })),
    })),
  };
}

function mqttConfig(entry: NonNullable<SimulatorEntry['mqtt']>, pathOf: PathOf): SimulatedMqttConfig {
  const { broker, zigbee2mqtt, tasmota, shelly } = entry;
  return {
    broker:
      broker === undefined
        ? undefined
        : {
            url: broker.url,
            username: broker.username,
            passwordFile: broker.passwordFile === undefined ? undefined : pathOf(broker.passwordFile),
          },
    zigbee2mqtt:
      zigbee2mqtt === undefined
        ? undefined
        : { base: zigbee2mqtt.base ?? DEFAULT_ZIGBEE_BASE, plugs: zigbee2mqtt.plugs },
    tasmota: tasmota ?? [],
    shelly: shelly ?? [],
  };
}
