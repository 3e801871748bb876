import type { DiscoveredSensor } from '../../../protocols/ha-discovery/discovery-config.ts';

/** By which of its names a sensor's device is the one that is meant; undefined where it is another. */
export function matchOf(
  wanted: string,
  { device, uniqueId }: DiscoveredSensor,
): 'identifier' | 'name' | 'unique-id' | undefined {
  const text = wanted.toLowerCase();
  if (device.identifiers.some((identifier) => identifier.toLowerCase() === text)) return 'identifier';
  if (device.name?.toLowerCase() === text) return 'name';
  const id = uniqueId?.toLowerCase();
  if (id === undefined || !id.startsWith(text)) return undefined;
  // "plug1" is not the begin of "plug10_power".
  return /^($|[^a-z0-9]|(?<=[^a-z0-9]))/.test(id.slice(text.length)) || /[^a-z0-9]$/.test(text)
    ? 'unique-id'
    : undefined;
}
