import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { decodeText, parseJson } from '../../../mapping/json-text.ts';
import { toTime } from '../../../mapping/time-text.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { addTo, distinct } from '../pushed/lists.ts';
import { shortText } from '../pushed/payload-text.ts';
import { createPlug, type Plug, pushedDevice } from '../pushed/plug.ts';
import { readValue } from '../pushed/value-rule.ts';
import type { EmonhubConfig, EmonhubDeviceConfig } from './config.ts';

/** emonHub publishes the values of one packet one after the other. */
const GATHER_MS = 200;
const MAX_JSON_BYTES = 16_384;
const MAX_LIST_BYTES = 4096;

export function emonhubDevices(config: EmonhubConfig): readonly Device[] {
  return config.devices.map(emonhubDevice);
}

const emonhubDevice = (device: EmonhubDeviceConfig) =>
  pushedDevice(device, device.values, { manufacturer: 'OpenEnergyMonitor', address: `node ${device.node}` });

interface Node {
  readonly config: EmonhubDeviceConfig;
  readonly plug: Plug;
}

/** The values of one packet by their names in lower case. */
type Packet = ReadonlyMap<string, unknown>;

/**
 *     emon/<node>/<name>            2420                                   a message a value
 *     emon/<node>                   {"power1":2420, ..., "time":1571.. }   a message a packet
 *     emonhub/rx/<node>/values      2420,0,116,0,128.08,-63                places by the node's description, then rssi
 */
export function emonhubMapper(config: EmonhubConfig): CreateMapper {
  return (surroundings) => new EmonhubMapper(config, surroundings);
}

class EmonhubMapper implements MqttMapper {
  readonly #counts = createCounts();
  readonly #byNode = new Map<string, Node[]>();
  readonly #byList = new Map<string, Node[]>();
  readonly #plugs: readonly Plug[];

  constructor(
    private readonly config: EmonhubConfig,
    private readonly surroundings: MapperSurroundings,
  ) {
    this.#plugs = config.devices.map((device) => this.#plugOf(device));
  }

  #plugOf(device: EmonhubDeviceConfig): Plug {
    const parts = { ...this.surroundings, counts: this.#counts };
    const plug = createPlug(device, emonhubDevice(device), parts, GATHER_MS);
    addTo(this.#byNode, `${this.config.base}/${device.node}`, { config: device, plug });
    if (device.rxNames !== undefined)
      addTo(this.#byList, `${this.config.rxBase}/rx/${device.node}/values`, { config: device, plug });
    return plug;
  }

  get devices(): readonly Device[] {
    return this.#plugs.map(({ feed }) => feed.device);
  }

  get filters(): readonly string[] {
    const values = [...this.#byNode.keys()].flatMap((topic) => [topic, `${topic}/+`]);
    return distinct([...values, ...this.#byList.keys()]);
  }

  onMessage(message: ArrivedMessage): void {
    const list = this.#byList.get(message.topic);
    const packet = this.#byNode.get(message.topic);
    if (list !== undefined) this.#onList(list, message);
    else if (packet !== undefined) this.#onPacket(packet, message);
    else this.#onValue(message);
  }

  #onPacket(nodes: readonly Node[], message: ArrivedMessage): void {
    const packet = packetOf(message.payload);
    if (packet === undefined) this.#counts.add('malformed');
    else for (const node of nodes) this.#take(node, packet, message);
  }

  #onList(nodes: readonly Node[], message: ArrivedMessage): void {
    const parts = decodeText(message.payload, MAX_LIST_BYTES)?.split(',') ?? [];
    for (const node of nodes) {
      const names = node.config.rxNames ?? [];
      // A list of another length is another node, or the description has changed: places would be wrong.
      const isWhole = parts.length === names.length || parts.length === names.length + 1;
      if (isWhole) this.#take(node, new Map(names.map((name, place) => [name, parts[place]])), message);
      else this.#counts.add('malformed');
    }
  }

  #onValue(message: ArrivedMessage): void {
    const cut = message.topic.lastIndexOf('/');
    const nodes = this.#byNode.get(message.topic.slice(0, cut));
    const name = message.topic.slice(cut + 1).toLowerCase();
    // "time" as a topic would be taken for the time of the packet.
    if (nodes === undefined || name === 'time') return;
    const packet = new Map([[name, shortText(message.payload)]]);
    for (const node of nodes) this.#take(node, packet, message);
  }

  #take({ config: { values }, plug }: Node, packet: Packet, message: ArrivedMessage): void {
    const readings = values.flatMap((value): Reading[] => {
      const name = value.names.find((candidate) => packet.has(candidate));
      if (name === undefined) return [];
      const reading = readValue(value, packet.get(name));
      if (typeof reading !== 'string') return [reading];
      this.#counts.add(reading);
      return [];
    });
    plug.take(readings, message, toTime(packet.get('time')));
  }

  run(signal: AbortSignal): Promise<void> {
    return watchFreshness(
      this.#plugs.map(({ feed }) => feed),
      this.surroundings.clock,
      signal,
    );
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}

function packetOf(payload: Buffer): Packet | undefined {
  const json = parseJson(payload, MAX_JSON_BYTES);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return new Map(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]));
}
