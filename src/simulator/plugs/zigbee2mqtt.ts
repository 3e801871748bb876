import type { SimulatedZigbeeConfig } from '../../config/types.ts';
import type { House } from '../house.ts';
import { numberOf } from './plug-circuit.ts';
import { type PlugMessage, type PlugProgram, parseObject, say, sayRetained } from './program.ts';
import { CLUSTERS, createZigbeePlug, type ZigbeePlug } from './zigbee-plug.ts';
import { bridgeDescription, deviceDescriptions } from './zigbee2mqtt-documents.ts';

/**
 * zigbee2mqtt 2 with its plugs, as its documentation describes its topics.
 *
 *     <base>/bridge/state                 {"state":"online"}                      retained, last will
 *     <base>/bridge/info, bridge/devices  what it is, what is paired with it      retained
 *     <base>/<name>                       {"power":88.1,"voltage":230.4,...}      everything it remembers, however old
 *     <base>/<name>/availability          {"state":"online"}                      retained
 *     <base>/<name>/get                   {"power":""}    it reads the plug, then tells the state
 *     <base>/<name>/set                   {"state":"ON"}  or the word alone, or the value at .../set/state
 */

/** Age of what it remembers from an earlier run, and sends at its start. */
const MEMORY_AGE_MS = 600_000;
/** A plug on the mains that has not been heard for so long is told to be offline. */
const ABSENT_MS = 600_000;

/** Throws an Error for a circuit that the house does not have. */
export function createZigbee2mqtt(
  { base, plugs: configured }: SimulatedZigbeeConfig,
  house: House,
  startAt: number,
): PlugProgram {
  const plugs = configured.map((plug) => createZigbeePlug(plug, house, startAt - MEMORY_AGE_MS));
  const bridgeState = (state: 'online' | 'offline') => sayRetained(`${base}/bridge/state`, { state });
  const stateOf = (plug: ZigbeePlug) => say(`${base}/${plug.name}`, plug.state());
  const availability = createAvailability(base);
  return {
    label: 'zigbee2mqtt',
    clientId: `mqttjs_${numberOf(base).toString(16).padStart(8, '0')}`,
    will: bridgeState('offline'),
    // Names may hold "/", so that the level of /get and /set is not known beforehand.
    filters: [`${base}/#`],
    onConnect: (at) => [
      bridgeState('online'),
      sayRetained(`${base}/bridge/info`, bridgeDescription(base)),
      sayRetained(`${base}/bridge/devices`, deviceDescriptions(plugs)),
      ...plugs.flatMap((plug) => [availability.now(plug, at), stateOf(plug)]),
    ],
    onTick: (at) =>
      plugs.flatMap((plug) => {
        const hasNews = plug.report(at);
        return [...availability.changes(plug, at), ...(hasNews ? [stateOf(plug)] : [])];
      }),
    onMessage(topic, payload, at) {
      const request = requestOf(topic.slice(base.length + 1), plugs);
      if (request === undefined) return [];
      const { plug, verb, key } = request;
      const outcomes = verb === 'get' ? readPlug(plug, payload, key, at) : switchPlug(plug, payload, key, at);
      return outcomes.map((isDone) => (isDone ? stateOf(plug) : complaint(base, plug, verb)));
    },
    onEnd: () => [bridgeState('offline')],
    restart() {}, // what it remembers is on its disk
    setFault(fault, name) {
      for (const plug of plugs) if (name === undefined || plug.name === name) plug.fault = fault;
    },
  };
}

function createAvailability(base: string) {
  const told = new Map<ZigbeePlug, string>();
  const stateAt = (plug: ZigbeePlug, at: number) =>
    // What was heard before this run says nothing about now: such a plug is asked at the start.
    plug.fault !== 'silent' || at - plug.lastHeardAt < ABSENT_MS ? 'online' : 'offline';
  const now = (plug: ZigbeePlug, at: number): PlugMessage => {
    const state = stateAt(plug, at);
    told.set(plug, state);
    return sayRetained(`${base}/${plug.name}/availability`, { state });
  };
  return {
    now,
    changes: (plug: ZigbeePlug, at: number) => (told.get(plug) === stateAt(plug, at) ? [] : [now(plug, at)]),
  };
}

interface Request {
  readonly plug: ZigbeePlug;
  readonly verb: 'get' | 'set';
  readonly key: string | undefined;
}

// `Kitchen/Dishwasher/set`, `Kitchen/Dishwasher/set/state`; instead of the name the address.
function requestOf(path: string, plugs: readonly ZigbeePlug[]): Request | undefined {
  for (const plug of plugs)
    for (const name of [plug.name, plug.ieee])
      for (const verb of ['get', 'set'] as const) {
        const whole = `${name}/${verb}`;
        if (path === whole) return { plug, verb, key: undefined };
        if (path.startsWith(`${whole}/`)) return { plug, verb, key: path.slice(whole.length + 1) };
      }
  return undefined;
}

/**
 * Each key that was asked for is read by itself, and the state told after each. True: read; false: the plug
 * did not answer; an empty list: nothing was asked for that can be read.
 */
function readPlug(plug: ZigbeePlug, payload: Uint8Array, key: string | undefined, at: number): boolean[] {
  const wanted = key === undefined ? Object.keys(parseObject(payload) ?? {}) : [key];
  return wanted.flatMap((name) => {
    const cluster = CLUSTERS.find((attributes) => attributes.some((attribute) => attribute === name));
    return cluster === undefined ? [] : [plug.read(cluster, at)];
  });
}

/** As `readPlug`. The state is told with the power from before: the plug reports that by itself. */
function switchPlug(plug: ZigbeePlug, payload: Uint8Array, key: string | undefined, at: number): boolean[] {
  const text = Buffer.from(payload).toString();
  const wanted = key === undefined ? (parseObject(payload)?.state ?? text) : key === 'state' ? text : '';
  const word = typeof wanted === 'string' ? wanted.toUpperCase() : '';
  if (!['ON', 'OFF', 'TOGGLE'].includes(word)) return [];
  if (plug.fault === 'silent') return [false];
  plug.circuit.switchTo(word === 'TOGGLE' ? !plug.circuit.isOn : word === 'ON', at);
  return [plug.read(['state'], at)];
}

function complaint(base: string, plug: ZigbeePlug, verb: 'get' | 'set'): PlugMessage {
  const message = `z2m: Publish '${verb}' to '${plug.name}' failed: 'Error: ZCL command ${plug.ieee}/1 failed (Timeout - 10000ms)'`;
  return say(`${base}/bridge/logging`, { level: 'error', message, namespace: 'z2m' });
}
