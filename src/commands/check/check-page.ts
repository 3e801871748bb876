import { formatConnection } from '../../config/connection.ts';
import type { ModbusDeviceConfig, SourceConfig } from '../../config/types.ts';
import { readingKey } from '../../domain/reading.ts';
import { formatTable, wrapText } from '../../lib/table.ts';
import { deviceTopics } from '../../sinks/mqtt/topics.ts';
import { describeDevice, rowsOf } from '../../sources/modbus-meter/meter-rows.ts';
import type { House } from '../load-house.ts';
import { formatInterval } from '../output.ts';

const WIDTH = 100;

/** Devices and topics of a configuration without mistakes, for people. */
export function checkPage(house: House): string[] {
  const { config, file } = house;
  const devices = config.sources.flatMap((source) => source.devices.map((device) => ({ source, device })));
  const lines = [
    `${file}: no mistakes. ${counted(devices.length, 'device')} on ${counted(config.sources.length, 'bus', 'buses')}, published under ${config.root}/`,
    brokerWords(house),
    ...(config.simulator === undefined ? [] : ['A simulated house is started with it.']),
    '',
    ...formatTable(
      [
        { title: 'DEVICE' },
        { title: 'NAME' },
        { title: 'METER' },
        { title: 'BUS' },
        { title: 'UNIT', align: 'right' },
        { title: 'EVERY', align: 'right' },
        { title: 'COUNTERS', align: 'right' },
        { title: 'SLOW', align: 'right' },
      ],
      devices.map(({ source, device }) => deviceRow(source, device)),
    ),
    '',
    'Topics',
  ];
  for (const { device } of devices) {
    const keys = keysOf(house, device);
    lines.push(
      ...wrapText(`  ${deviceTopics(config.root, device.id).value('')}  ${keys.join(' ')}`, WIDTH, '      '),
    );
  }
  return [...lines, '  and of each device: state, history, availability, $meta'];
}

/** The same for programs. */
export function deviceDocuments(house: House) {
  return house.config.sources.flatMap((source) =>
    source.devices.map((device) => {
      const topics = deviceTopics(house.config.root, device.id);
      return {
        id: device.id,
        name: device.name,
        meter: device.meter,
        bus: source.id,
        connection: formatConnection(source.connection),
        unit: device.unitId,
        interval: device.intervalMs / 1000,
        counter_interval: device.counterIntervalMs / 1000,
        slow_interval: device.slowIntervalMs / 1000,
        topics: keysOf(house, device).map((key) => topics.value(key)),
      };
    }),
  );
}

// An inverted meter publishes its import where the profile says export.
function keysOf(house: House, device: ModbusDeviceConfig): string[] {
  const profile = house.profiles.get(device.meter);
  if (profile === undefined) return [];
  return describeDevice(device, profile, rowsOf(device, profile).rows).quantities.map(readingKey);
}

function deviceRow(source: SourceConfig, device: ModbusDeviceConfig): string[] {
  return [
    device.id,
    device.name,
    device.meter,
    source.id,
    String(device.unitId),
    formatInterval(device.intervalMs),
    formatInterval(device.counterIntervalMs),
    formatInterval(device.slowIntervalMs),
  ];
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
