import type { Device } from '../../domain/device.ts';
import { readingKey } from '../../domain/reading.ts';
import { formatTable, wrapText } from '../../lib/table.ts';
import { deviceTopics } from '../../sinks/mqtt/topics.ts';
import type { House } from '../load-house.ts';
import { formatInterval } from '../output.ts';

const WIDTH = 100;

/** Devices and topics of a configuration without mistakes, for people. */
export function checkPage(house: House): string[] {
  const { config, devices, file } = house;
  const places = placesOf(house);
  const lines = [
    `${file}: no mistakes. ${counted(devices.length, 'device')} from ${counted(config.sources.length, 'source')}, published under ${config.root}/`,
    brokerWords(house),
    ...(config.simulator === undefined ? [] : ['A simulated house is started with it.']),
    '',
    ...formatTable(
      [
        { title: 'DEVICE' },
        { title: 'NAME' },
        { title: 'SOURCE' },
        { title: 'KIND' },
        { title: 'MODEL' },
        { title: 'ADDRESS' },
        { title: 'EVERY', align: 'right' },
      ],
      devices.map((device) => deviceRow(device, places)),
    ),
    '',
    'Topics',
  ];
  for (const device of devices) {
    const keys = device.quantities.map(readingKey);
    // Some programs say only when they are asked what their devices have.
    const words = keys.length === 0 ? 'what the device tells of itself' : keys.join(' ');
    const topic = deviceTopics(config.root, device.id).value('');
    lines.push(...wrapText(`  ${topic}  ${words}`, WIDTH, '      '));
  }
  return [...lines, '  and of each device: state, history, availability, $meta'];
}

/** The same for programs. */
export function deviceDocuments(house: House) {
  const places = placesOf(house);
  return house.devices.map((device) => {
    const topics = deviceTopics(house.config.root, device.id);
    return {
      id: device.id,
      name: device.name,
      ...(places.get(device.id) ?? DERIVED_PLACE),
      model: device.model,
      address: device.address,
      interval: device.intervalMs / 1000,
      topics: device.quantities.map((quantity) => topics.value(readingKey(quantity))),
    };
  });
}

const DERIVED_PLACE = { source: '', kind: 'derived' };

type Places = ReadonlyMap<string, { readonly source: string; readonly kind: string }>;

function placesOf({ config }: House): Places {
  return new Map(
    config.sources.flatMap(({ id, type, devices }) =>
      devices.map((device) => [device.id, { source: id, kind: type }] as const),
    ),
  );
}

function deviceRow(device: Device, places: Places): string[] {
  const { source, kind } = places.get(device.id) ?? DERIVED_PLACE;
  const every = formatInterval(device.intervalMs);
  return [device.id, device.name, source, kind, device.model ?? '', device.address ?? '', every];
}

function brokerWords({ config }: House): string {
  const { broker, mqtt } = config;
  const embedded = `the embedded broker, ${broker.host}:${broker.port}`;
  if (mqtt.url === undefined) return `Broker: ${embedded}`;
  return `Broker: ${mqtt.url}${broker.enabled ? `; ${embedded}, runs too` : ''}`;
}

function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
