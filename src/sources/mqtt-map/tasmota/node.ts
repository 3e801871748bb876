import { toTime } from '../../../mapping/time-text.ts';
import type { LearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage } from '../mapper.ts';
import type { Troubles } from '../notices.ts';
import { type JsonObject, member, objectMember } from '../payload.ts';
import type { Counts } from '../pushed/counts.ts';
import type { TasmotaConfig, TasmotaDeviceConfig } from './config.ts';
import { energyReadings, relayReading } from './energy.ts';
import { DEFAULT_PREFIXES, type Discovered, type TopicNaming, topicBegin } from './topics.ts';

export interface TasmotaPlug {
  readonly config: TasmotaDeviceConfig;
  readonly plug: LearningPlug;
}

/** One device that runs Tasmota, with the plugs that are configured for it: one, or one for each relay. */
export interface TasmotaNode {
  readonly plugs: readonly TasmotaPlug[];
  naming: TopicNaming;
  offline: string;
  /** Number of the status that it answers; undefined until it did. */
  status: '10' | '8' | undefined;
  asksSinceAnswer: number;
}

export function createTasmotaNode(
  { topic, mac }: TasmotaDeviceConfig,
  { fullTopic, offline }: TasmotaConfig,
  plugs: readonly TasmotaPlug[],
): TasmotaNode {
  const naming = { fullTopic, prefixes: DEFAULT_PREFIXES, topic, mac, hostname: undefined };
  return { plugs, naming, offline, status: undefined, asksSinceAnswer: 0 };
}

/** Whether what was discovered is this device. */
export function isSameDevice({ naming: { topic, mac }, plugs }: TasmotaNode, found: Discovered): boolean {
  const byMac = plugs[0]?.config.topic === undefined;
  return byMac ? mac === found.mac : topic === found.naming.topic;
}

export function takeDiscovered(node: TasmotaNode, { naming, mac, offline, model }: Discovered): void {
  node.naming = naming;
  node.offline = offline ?? node.offline;
  for (const { config, plug } of node.plugs)
    plug.identify({
      address: naming.topic ?? mac,
      identity: config.channel === undefined ? mac : `${mac}/${config.channel}`,
      ...(model === undefined ? {} : { model }),
    });
}

const TRIES = 2;

/** The question for the next values: topic and payload; undefined while its topics are not known. */
export function nextQuestion(
  node: TasmotaNode,
): { readonly topic: string; readonly payload: string } | undefined {
  const begin = topicBegin(node.naming, 'command');
  if (begin === undefined) return undefined;
  // Firmware that was changed may answer the other number.
  if (node.asksSinceAnswer >= 2 * TRIES) node.status = undefined;
  const payload = node.status ?? (node.asksSinceAnswer % (2 * TRIES) < TRIES ? '10' : '8');
  node.asksSinceAnswer++;
  return { topic: `${begin}Status`, payload };
}

/** Takes the values of a sensor message over; the lists whose meaning nobody told are a trouble. */
export function takeSensors(
  node: TasmotaNode,
  sensors: JsonObject | undefined,
  message: ArrivedMessage,
  counts: Counts,
  troubles: Troubles,
): void {
  const time = toTime(member(sensors, 'Time'));
  for (const { config, plug } of node.plugs) {
    const { readings, unclear } = energyReadings(sensors, config);
    if (unclear > 0) {
      counts.add('unclear_list', unclear);
      troubles.tell(config.id, unclearLists(config.id));
    }
    if (readings.length > 0) plug.take(readings, message, time);
    else counts.add('no_energy');
  }
}

/** Learns from a description which values there are; its figures are old. */
export function learnSensors(node: TasmotaNode, description: JsonObject | undefined): void {
  const sensors = objectMember(description, 'sn');
  for (const { config, plug } of node.plugs) plug.learn(energyReadings(sensors, config).readings);
}

export function takeRelays(node: TasmotaNode, state: JsonObject | undefined, message: ArrivedMessage): void {
  for (const { config, plug } of node.plugs) {
    const reading = relayReading(state, config.channel);
    if (reading !== undefined) plug.take([reading], message);
  }
}

const unclearLists = (deviceId: string) => ({
  code: 'plug-lists',
  deviceId,
  message: `${deviceId} publishes lists of values; say with channel: 1 which relay it is, or with phases: true that they are its lines`,
  over: `${deviceId} publishes single values`,
});
