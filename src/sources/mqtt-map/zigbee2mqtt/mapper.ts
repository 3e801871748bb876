import type { Device } from '../../../domain/device.ts';
import { createAskedNodes } from '../asked-nodes.ts';
import { createLearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { jsonObject, shortPayload } from '../payload.ts';
import { type Counts, createCounts } from '../pushed/counts.ts';
import { askNode } from './ask-node.ts';
import { createBridge } from './bridge.ts';
import type { Zigbee2mqttConfig } from './config.ts';
import { createNode, forgetStates, takeState, type ZigbeeNode, type ZigbeePlug } from './node.ts';
import { ANSWER_MS } from './question.ts';
import { type Route, routesOf } from './routes.ts';

/** The answers to one request come within this, and belong to one sample. */
const GATHER_MS = 300;

export function createZigbeeMapper(
  { base, devices: configs }: Zigbee2mqttConfig,
  devices: readonly Device[],
  surroundings: MapperSurroundings,
): MqttMapper {
  const counts = createCounts();
  const nodes = createNodes(configs, devices, surroundings, counts);
  let routes: ReadonlyMap<string, Route> = routesOf(base, nodes);
  const bridge = createBridge(base, nodes, surroundings, counts, () => {
    routes = routesOf(base, nodes);
  });
  const ask = (node: ZigbeeNode) => bridge.isThere() && askNode(node, base, surroundings);
  const asked = createAskedNodes(nodes, ask, surroundings, { isSpread: true, answerMs: ANSWER_MS });

  function onRouted(route: Route, message: ArrivedMessage): void {
    if (route.kind === 'availability') onAvailability(route.node, message);
    else if (takeRouted(route, message, bridge.isUncached(), counts) && !message.isRetained)
      asked.isAlive(route.node, true);
  }

  return {
    devices,
    filters: [`${base}/#`],
    onMessage(message) {
      const route = routes.get(message.topic);
      if (route !== undefined) onRouted(route, message);
      else if (!bridge.onMessage(message)) counts.add('unknown_topic');
    },
    onDisconnect() {
      // What changes while nobody listens would look new when it is repeated later.
      forgetStates(nodes);
      asked.forget();
    },
    run: asked.run,
    statistics: () => ({ ...asked.counters, ignored: counts.statistics() }),
  };
}

/** A device that is configured once for each of its sockets is asked once. */
function createNodes(
  configs: Zigbee2mqttConfig['devices'],
  devices: readonly Device[],
  { emit, clock }: MapperSurroundings,
  counts: Counts,
): readonly ZigbeeNode[] {
  const plugs = new Map<string, ZigbeePlug[]>();
  configs.forEach((config, place) => {
    const device = devices[place];
    if (device === undefined) return;
    const plug = createLearningPlug({ config, device, gatherMs: GATHER_MS }, { emit, clock, counts });
    const same = plugs.get(config.device) ?? [];
    same.push({ config, plug, values: [] });
    plugs.set(config.device, same);
  });
  return [...plugs].map(([selector, each]) => createNode(selector, each));
}

function takeRouted(
  route: Extract<Route, { readonly kind: 'state' | 'attribute' }>,
  message: ArrivedMessage,
  isUncached: boolean,
  counts: Counts,
): boolean {
  const { node } = route;
  if (route.kind === 'attribute') {
    const text = node.hasJson ? undefined : shortPayload(message.payload);
    if (text === undefined) return false;
    takeState(node, { message, isUncached, state: { [route.property]: text } }, counts);
    return true;
  }
  const state = jsonObject(message.payload);
  if (state === undefined) {
    counts.add(message.payload.length === 0 ? 'empty' : 'malformed');
    return false;
  }
  node.hasJson = true;
  takeState(node, { message, isUncached, state }, counts);
  return true;
}

function onAvailability(node: ZigbeeNode, { payload }: ArrivedMessage): void {
  const word = jsonObject(payload)?.state ?? shortPayload(payload);
  if (word !== 'offline') return;
  for (const { plug } of node.plugs) plug.feed.lose('zigbee2mqtt says that it is offline');
}
