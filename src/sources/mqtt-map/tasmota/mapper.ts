import type { Device } from '../../../domain/device.ts';
import { createAskedNodes } from '../asked-nodes.ts';
import { createLearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createTroubles, type Troubles } from '../notices.ts';
import { jsonObject, objectMember, shortPayload } from '../payload.ts';
import { type Counts, createCounts } from '../pushed/counts.ts';
import type { TasmotaConfig } from './config.ts';
import {
  createTasmotaNode,
  isSameDevice,
  learnSensors,
  nextQuestion,
  type TasmotaNode,
  type TasmotaPlug,
  takeDiscovered,
  takeRelays,
  takeSensors,
} from './node.ts';
import { type Route, routesOf } from './routes.ts';
import { readDiscovery } from './topics.ts';

const DISCOVERY = 'tasmota/discovery';
const ANSWER_MS = 3000;

/** What the messages of all devices are worked with. */
interface Desk {
  readonly nodes: readonly TasmotaNode[];
  readonly counts: Counts;
  readonly troubles: Troubles;
  readonly isAlive: (node: TasmotaNode, hasAnswered: boolean) => void;
  readonly onNaming: () => void;
}

export function createTasmotaMapper(
  config: TasmotaConfig,
  devices: readonly Device[],
  surroundings: MapperSurroundings,
): MqttMapper {
  const { publish, subscribe } = surroundings;
  const counts = createCounts();
  const nodes = createNodes(config, devices, surroundings, counts);
  let routes = routesOf(nodes);
  const ask = (node: TasmotaNode) => {
    const question = nextQuestion(node);
    if (question !== undefined) publish(question.topic, question.payload);
    return question !== undefined;
  };
  const asked = createAskedNodes(nodes, ask, surroundings, { isSpread: false, answerMs: ANSWER_MS });
  const desk: Desk = {
    nodes,
    counts,
    troubles: createTroubles(surroundings),
    isAlive: asked.isAlive,
    onNaming() {
      routes = routesOf(nodes);
      for (const topic of routes.keys()) subscribe(topic);
    },
  };
  return {
    devices,
    filters: [`${DISCOVERY}/+/config`, `${DISCOVERY}/+/sensors`, ...routes.keys()],
    onMessage(message) {
      const route = routes.get(message.topic);
      if (route !== undefined) onRouted(desk, route, message);
      else if (message.topic.startsWith(`${DISCOVERY}/`)) onDiscovery(desk, message);
      else counts.add('unknown_topic');
    },
    onDisconnect: asked.forget,
    run: asked.run,
    statistics: () => ({ ...asked.counters, ignored: counts.statistics() }),
  };
}

/** A device that is configured once for each relay is asked once. */
function createNodes(
  config: TasmotaConfig,
  devices: readonly Device[],
  { emit, clock }: MapperSurroundings,
  counts: Counts,
): readonly TasmotaNode[] {
  const plugs = new Map<string, TasmotaPlug[]>();
  config.devices.forEach((each, place) => {
    const device = devices[place];
    if (device === undefined) return;
    const name = JSON.stringify([each.topic ?? '', each.mac ?? '']);
    const plug = createLearningPlug({ config: each, device }, { emit, clock, counts });
    plugs.set(name, [...(plugs.get(name) ?? []), { config: each, plug }]);
  });
  return [...plugs.values()].flatMap((same) => {
    const first = same[0];
    return first === undefined ? [] : [createTasmotaNode(first.config, config, same)];
  });
}

function onRouted(desk: Desk, { node, kind }: Route, message: ArrivedMessage): void {
  if (kind === 'will') {
    onWill(desk, node, message);
    return;
  }
  const body = jsonObject(message.payload);
  if (body === undefined) {
    desk.counts.add('malformed');
    return;
  }
  if (kind === 'sensor') takeSensors(node, body, message, desk.counts, desk.troubles);
  else if (kind === 'state') takeRelays(node, body, message);
  else onStatus(desk, node, kind, message);
  if (!message.isRetained) desk.isAlive(node, false);
}

function onStatus(
  desk: Desk,
  node: TasmotaNode,
  kind: 'status10' | 'status8' | 'result',
  message: ArrivedMessage,
): void {
  const body = jsonObject(message.payload);
  const sensors = objectMember(body, 'StatusSNS');
  if (sensors === undefined) {
    takeRelays(node, body, message);
    return;
  }
  takeSensors(node, sensors, message, desk.counts, desk.troubles);
  if (message.isRetained) return;
  if (kind !== 'result') node.status ??= kind === 'status10' ? '10' : '8';
  node.asksSinceAnswer = 0;
  desk.isAlive(node, true);
}

function onWill(desk: Desk, node: TasmotaNode, { payload, isRetained }: ArrivedMessage): void {
  const word = shortPayload(payload);
  if (word === node.offline) {
    for (const { plug } of node.plugs) plug.feed.lose('it says that it is offline');
  } else if (!isRetained) desk.isAlive(node, false);
}

function onDiscovery(desk: Desk, { topic, payload }: ArrivedMessage): void {
  const [mac, kind] = topic.slice(DISCOVERY.length + 1).split('/');
  const body = jsonObject(payload);
  if (kind === 'sensors') {
    for (const node of desk.nodes) if (node.naming.mac === mac) learnSensors(node, body);
    return;
  }
  const found = readDiscovery(body);
  if (found === undefined) {
    desk.counts.add(payload.length === 0 ? 'empty' : 'malformed');
    return;
  }
  const named = desk.nodes.filter((node) => isSameDevice(node, found));
  for (const node of named) takeDiscovered(node, found);
  if (named.length > 0) desk.onNaming();
}
