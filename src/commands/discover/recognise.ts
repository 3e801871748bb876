import { findHaDiscovery } from './find-ha-discovery.ts';
import { findRtl433 } from './find-rtl433.ts';
import { findShellyGen1 } from './find-shelly-gen1.ts';
import { findShellyGen2 } from './find-shelly-gen2.ts';
import { findTasmota } from './find-tasmota.ts';
import { findEmonhub, findPlugwise2py, findStatestream } from './find-topic-programs.ts';
import { findZigbee2mqtt } from './find-zigbee2mqtt.ts';
import type { Finding, Recogniser } from './finding.ts';
import type { Observations } from './observations.ts';

/** Those that know a program well come first; what is announced as well is taken from them. */
const RECOGNISERS: readonly Recogniser[] = [
  findZigbee2mqtt,
  findTasmota,
  findShellyGen1,
  findShellyGen2,
  findEmonhub,
  findRtl433,
  findPlugwise2py,
  findStatestream,
  findHaDiscovery,
];

/** What is there, each device once. */
export function recognise(heard: Observations): readonly Finding[] {
  const owned = new Set<string>();
  const found: Finding[] = [];
  for (const recogniser of RECOGNISERS) {
    const own = recogniser(heard).filter(
      ({ topics }) => topics.length === 0 || !topics.some((topic) => owned.has(topic)),
    );
    for (const { topics } of own) for (const topic of topics) owned.add(topic);
    found.push(...own);
  }
  return found;
}
